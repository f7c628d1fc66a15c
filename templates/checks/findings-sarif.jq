# Turns cargo's messages (`--message-format=json`) into SARIF 2.1.0.
# $member: name of the package

# Code of another crate, of the standard library or of none: a user wants the place in the workspace that led there.
def own: (.file_name | startswith("/") or startswith("<")) | not;
def place: if own then . elif .expansion then .expansion.span | place else empty end;

def region: {
  startLine: .line_start,
  startColumn: .column_start,
  endLine: .line_end,
  endColumn: .column_end
};
def artifact: { uri: (.file_name | split("/") | map(@uri) | join("/")), uriBaseId: "%SRCROOT%" };
def location: {
  physicalLocation: { artifactLocation: artifact, region: region }
} + if .label then { message: { text: .label } } else {} end;
# A place may come twice: by two ways out of one macro.
def locations: [.[] | . as $span | place | . + { label: $span.label } | location] | unique;

def level: if . == "error" or . == "warning" then . elif startswith("error") then "error" else "note" end;
def text: [.message] + [.children[].message | select(. != "" and (startswith("for further information") | not))]
  | join("\n");

# Only what may be applied without a look.
def fixes: [
  .children[]
  | { message, changes: [.spans[] | select(.suggestion_applicability == "MachineApplicable" and own)] }
  | select(.changes != [])
  | {
      description: { text: .message },
      artifactChanges: (
        .changes
        | group_by(.file_name)
        | map({
            artifactLocation: (first | artifact),
            replacements: map({ deletedRegion: region, insertedContent: { text: .suggested_replacement } })
          })
      )
    }
];

def page:
  ([.children[].message | capture("for further information visit (?<url>.*)") | .url] | first)
  // (.code.code | if test("^E[0-9]+$") then "https://doc.rust-lang.org/error_codes/\(.).html" else null end);
def rule: { id: .code.code }
  + (page as $page | if $page then { helpUri: $page } else {} end)
  + if .code.explanation then { help: { text: .code.explanation } } else {} end;

def result: { level: (.level | level), message: { text: text } }
  + if .code then { ruleId: .code.code } else {} end
  + ([.spans[] | select(.is_primary)] | locations | if . == [] then {} else { locations: . } end)
  + ([.spans[], .children[].spans[] | select(.is_primary | not)] | locations
      | if . == [] then {} else { relatedLocations: . } end)
  + (fixes | if . == [] then {} else { fixes: . } end);

# A failure's note only says how to learn more.
map(.message | select(.level != "failure-note")) | {
  "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
  version: "2.1.0",
  runs: [
    {
      tool: {
        driver: {
          name: "clippy",
          informationUri: "https://doc.rust-lang.org/clippy/",
          rules: ([.[] | select(.code) | rule] | unique_by(.id))
        }
      },
      automationDetails: { id: "clippy/\($member)/" },
      columnKind: "unicodeCodePoints",
      # A library and its tests are one text.
      results: (map(result) | unique)
    }
  ]
}
