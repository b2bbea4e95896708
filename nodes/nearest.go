package nodes

import "strings"

// Nearest returns the name that a word was probably meant to be: the one with the
// fewest edits (Levenshtein), the first of equals; "" when none is closer than half
// of the word's letters, a flag's dashes not counted.
func Nearest(word string, names []string) string {
	const longest = 64 // what is longer is no slip of the finger
	if len(word) > longest {
		return ""
	}
	best, fewest := "", (len([]rune(strings.TrimLeft(word, "-")))+1)/2+1
	for _, name := range names {
		if d := edits(word, name); d < fewest {
			best, fewest = name, d
		}
	}
	return best
}

// choose is a hint: the valid names, and before them the nearest to a wrong word.
func choose(word string, names []string) string {
	hint := "valid: " + strings.Join(names, ", ")
	if near := Nearest(word, names); word != "" && near != "" {
		return "did you mean " + near + "? " + hint
	}
	return hint
}

// edits counts the insertions, deletions and substitutions that turn a into b.
func edits(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range to {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}
