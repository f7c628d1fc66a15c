# Takes the comments out of Rust code, but for those that are documentation. Every token keeps its line and column.
#
# To be run with LC_ALL=C. Exit status 1: the text is no Rust that ends where it should.
# `state`: what the text is in; `rest`: what of the line is still to be read.

BEGIN { state = "code" }

{
  rest = $0
  line = ""
  trims = state == "comment"
  holds = state == "code" || trims
  while (rest != "") line = line piece()
  if (trims && (state == "code" || state == "comment")) sub(/[ \t\r]+$/, "", line)
  # Empty lines at the end are as good as none.
  if (line == "" && holds) {
    held = held "\n"
  } else {
    print held line
    held = ""
  }
}

END { if (state != "code") exit 1 }

# The next piece of the line, as it is to be printed.
function piece() {
  if (state == "string") return inString()
  if (state == "raw string") return upTo(index(rest, "\"" hashes), 1 + length(hashes))
  if (state == "comment" || state == "documentation") return inComment()
  return inCode()
}

function take(count,    text) {
  text = substr(rest, 1, count)
  rest = substr(rest, count + 1)
  return text
}

# All up to an end that stands at `at`, with the end; all, if there is none.
function upTo(at, width) {
  if (!at) return take(length(rest))
  state = "code"
  return take(at + width - 1)
}

function inString(    text) {
  text = ""
  while (match(rest, /\\|"/)) {
    if (substr(rest, RSTART, 1) == "\"") return text upTo(RSTART, 1)
    text = text take(RSTART + 1)
  }
  return text take(length(rest))
}

# Comments hold comments. What is dropped leaves blanks behind: one for each character, so not for bytes within one.
function inComment(    text, isDropped, mark) {
  isDropped = state == "comment"
  text = ""
  while (match(rest, /\/\*|\*\//)) {
    mark = substr(rest, RSTART, 2)
    text = text take(RSTART + 1)
    depth += mark == "/*" ? 1 : -1
    if (depth == 0) { state = "code"; break }
  }
  if (depth > 0) text = text take(length(rest))
  if (!isDropped) return text
  gsub(/[\200-\277]/, "", text)
  gsub(/[^\t]/, " ", text)
  return text
}

function inCode(    text) {
  if (!match(rest, /\/\/|\/\*|"|'/)) return take(length(rest))
  text = take(RSTART - 1)
  if (rest ~ /^\/\/(!|\/([^\/]|$))/) return text take(length(rest))
  if (rest ~ /^\/\//) {
    trims = 1
    rest = ""
    return text
  }
  if (rest ~ /^\/\*/) {
    state = rest ~ /^\/\*(!|\*([^*\/]|$))/ ? "documentation" : "comment"
    if (state == "comment") trims = 1
    depth = 0
    return text
  }
  if (rest ~ /^"/) {
    state = "string"
    if (match(text, /(^|[^A-Za-z0-9_])[bc]?r#*$/)) {
      state = "raw string"
      match(text, /#*$/)
      hashes = substr(text, RSTART)
    }
    return text take(1)
  }
  if (match(rest, /^'([^'\\\200-\377]|[\300-\377][\200-\277]+|\\([^ux]|x..|u\{[^}]*\}))'/)) return text take(RLENGTH)
  return text take(1)
}
