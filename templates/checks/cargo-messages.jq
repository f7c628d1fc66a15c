# Turns rustc's messages into cargo's (`--message-format=json`).
# What macros and wrappers print is not JSON. Like cargo, leave out the lines at the end that only count.
fromjson?
| select(.["$message_type"]? == "diagnostic")
| select(.code != null or (.message | test("^aborting due to|warnings? emitted$") | not))
| { reason: "compiler-message" } + $target + { message: . }
