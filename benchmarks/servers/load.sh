# shellcheck shell=bash
# What the scripts of this folder share; they source it.

# Waits until the program with the id $1 has written a line to the file $2 that
# begins with $3.
wait_for_line() {
  until grep -qs "^$3" "$2"; do
    kill -0 "$1" # or it has failed
    sleep 0.1
  done
}

# compare FILE TIMES BASE OTHER: `load BASE` and `load OTHER`, which write
# requests per second, in turns. Prints a line for each round, and adds it to the
# file.
compare() {
  local results=$1 times=$2 base=$3 other=$4 of_base of_other
  for ((i = 0; i < times; ++i)); do
    # The order changes, as the one that comes first may be the colder.
    if ((i % 2 == 0)); then
      of_base=$(load "$base")
      of_other=$(load "$other")
    else
      of_other=$(load "$other")
      of_base=$(load "$base")
    fi
    awk -v base="$base" -v other="$other" -v a="$of_base" -v b="$of_other" \
      'BEGIN { printf "%s %d, %s %d requests/s: %.3f\n", base, a, other, b, b / a }' |
      tee -a "$results"
  done
}

# Prints the median and the range of the ratios in the file $1.
print_median() {
  awk '{ print $NF }' "$1" | sort -n |
    awk '{ ratio[NR] = $1 }
      END { printf "median %.3f, from %.3f to %.3f\n", ratio[int((NR + 1) / 2)], ratio[1], ratio[NR] }'
}
