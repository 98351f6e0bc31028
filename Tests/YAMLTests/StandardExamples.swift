/// Documents after the examples of YAML 1.2.2, chapters 2 to 6, and what they mean as JSON.
let standardExamples: [Row] = [
    Row(
        "a sequence of scalars",
        "- Mark McGwire\n- Sammy Sosa\n- Ken Griffey\n",
        #"["Mark McGwire","Sammy Sosa","Ken Griffey"]"#),
    Row(
        "a mapping of scalars",
        "american:\n  - Boston Red Sox\n  - Detroit Tigers\nnational:\n  - New York Mets\n",
        #"{"american":["Boston Red Sox","Detroit Tigers"],"national":["New York Mets"]}"#),
    Row(
        "a mapping with comments",
        "hr:  65    # Home runs\navg: 0.278 # Batting average\nrbi: 147   # Runs Batted In\n",
        #"{"hr":65,"avg":0.278,"rbi":147}"#),
    Row(
        "a sequence of mappings",
        "-\n  name: Mark McGwire\n  hr:   65\n-\n  name: Sammy Sosa\n  hr:   63\n",
        #"[{"name":"Mark McGwire","hr":65},{"name":"Sammy Sosa","hr":63}]"#),
    Row(
        "a sequence of flow sequences",
        "- [name        , hr, avg  ]\n- [Mark McGwire, 65, 0.278]\n",
        #"[["name","hr","avg"],["Mark McGwire",65,0.278]]"#),
    Row(
        "a mapping of flow mappings",
        "Mark McGwire: {hr: 65, avg: 0.278}\nSammy Sosa: {\n    hr: 63,\n    avg: 0.288\n  }\n",
        #"{"Mark McGwire":{"hr":65,"avg":0.278},"Sammy Sosa":{"hr":63,"avg":0.288}}"#),
    Row(
        "anchor and alias over two lists",
        """
        ---\n\
        hr:\n\
          - Mark McGwire\n\
          # Following node labeled SS\n\
          - &SS Sammy Sosa\n\
        rbi:\n\
          - *SS # Subsequent occurrence\n\
          - Ken Griffey\n
        """,
        #"{"hr":["Mark McGwire","Sammy Sosa"],"rbi":["Sammy Sosa","Ken Griffey"]}"#),
    Row(
        "a compact nested mapping",
        """
        ---\n\
        # Products purchased\n\
        - item    : Super Hoop\n\
          quantity: 1\n\
        - item    : Basketball\n\
          quantity: 4\n
        """,
        #"[{"item":"Super Hoop","quantity":1},{"item":"Basketball","quantity":4}]"#),
    Row(
        "a literal keeps its line breaks",
        "# ASCII Art\n--- |\n  \\//||\\/||\n  // ||  ||__\n",
        #""\\//||\\/||\n// ||  ||__\n""#),
    Row(
        "a folded scalar",
        "--- >\n  Mark McGwire's\n  year was crippled\n  by a knee injury.\n",
        #""Mark McGwire's year was crippled by a knee injury.\n""#),
    Row(
        "folded lines keep indented ones",
        """
        --- >\n\
         Sammy Sosa completed another\n\
         fine season with great stats.\n\
        \n\
           63 Home Runs\n\
           0.288 Batting Average\n\
        \n\
         What a year!\n
        """,
        #"""
        "Sammy Sosa completed another fine season with great stats.\n\n  63 Home Runs\n  0.288 Batting Average\n\nWhat a year!\n"
        """#),
    Row(
        "indentation decides where a scalar ends",
        """
        name: Mark McGwire\n\
        accomplishment: >\n\
          Mark set a major league\n\
          home run record in 1998.\n\
        stats: |\n\
          65 Home Runs\n\
          0.278 Batting Average\n
        """,
        #"""
        {"name":"Mark McGwire","accomplishment":"Mark set a major league home run record in 1998.\n",\#
        "stats":"65 Home Runs\n0.278 Batting Average\n"}
        """#),
    Row(
        "quoted scalars of every kind",
        """
        unicode: "Sosa did fine.\\u263A"\n\
        control: "\\b1998\\t1999\\t2000\\n"\n\
        hex esc: "\\x0d\\x0a is \\r\\n"\n\
        \n\
        single: '"Howdy!" he cried.'\n\
        quoted: ' # Not a ''comment''.'\n\
        tie-fighter: '|\\-*-/|'\n
        """,
        #"""
        {"unicode":"Sosa did fine.☺","control":"\b1998\t1999\t2000\n","hex esc":"\r\n is \r\n",\#
        "single":"\"Howdy!\" he cried.","quoted":" # Not a 'comment'.","tie-fighter":"|\\-*-/|"}
        """#),
    Row(
        "multi-line flow scalars",
        """
        plain:\n\
          This unquoted scalar\n\
          spans many lines.\n\
        \n\
        quoted: "So does this\n\
          quoted scalar.\\n"\n
        """,
        #"{"plain":"This unquoted scalar spans many lines.","quoted":"So does this quoted scalar.\n"}"#),
    Row(
        "block structure indicators",
        "sequence:\n- one\n- two\nmapping:\n  ? sky\n  : blue\n  sea : green\n",
        #"{"sequence":["one","two"],"mapping":{"sky":"blue","sea":"green"}}"#),
    Row(
        "flow collection indicators",
        "sequence: [ one, two, ]\nmapping: { sky: blue, sea: green }\n",
        #"{"sequence":["one","two"],"mapping":{"sky":"blue","sea":"green"}}"#),
    Row("only a comment", "# Comment only.\n\n", #"null"#),
    Row("anchor before a scalar", "anchored: &anchor value\nalias: *anchor\n", #"{"anchored":"value","alias":"value"}"#),
    Row(
        "block scalar indicators",
        "literal: |\n  some\n  text\nfolded: >\n  some\n  text\n",
        #"{"literal":"some\ntext\n","folded":"some text\n"}"#),
    Row("quotation marks", "single: 'text'\ndouble: \"text\"\n", #"{"single":"text","double":"text"}"#),
    Row("a directive and a document", "%YAML 1.2\n--- text\n", #""text""#),
    Row(
        "line break characters",
        "|\n  Line break (no glyph)\n  Line break (glyphed)\n",
        #""Line break (no glyph)\nLine break (glyphed)\n""#),
    Row(
        "tabs and spaces between tokens",
        "quoted: \"Quoted \t\"\nblock:\t|\n  void main() {\n  \tprintf(\"Hello, world!\\n\");\n  }\n",
        #"{"quoted":"Quoted \t","block":"void main() {\n\tprintf(\"Hello, world!\\n\");\n}\n"}"#),
    Row(
        "escaped characters",
        """
        "Fun with \\\\\n\
        \\" \\a \\b \\e \\f \\\n\
        \\n \\r \\t \\v \\0 \\\n\
        \\  \\_ \\N \\L \\P \\\n\
        \\x41 \\u0041 \\U00000041"\n
        """,
        "\"Fun with \\\\ \\\" \\u0007 \\b \\u001b \\f \\n \\r \\t \\u000b \\u0000   \u{A0} \u{85} \u{2028} \u{2029} A A A\""),
    Row(
        "indentation spaces",
        """
          # Leading comment line spaces are\n\
          # neither content nor indentation.\n\
            \n\
        Not indented:\n\
         By one space: |\n\
            By four\n\
              spaces\n\
         Flow style: [    # Leading spaces\n\
           By two,        # in flow style\n\
          Also by two,    # are neither\n\
          \tStill by two   # content nor\n\
            ]             # indentation.\n
        """,
        #"""
        {"Not indented":{"By one space":"By four\n  spaces\n","Flow style":["By two","Also by two",\#
        "Still by two"]}}
        """#),
    Row("indentation indicators", "? a\n: -\tb\n  -  -\tc\n     - d\n", #"{"a":["b",["c","d"]]}"#),
    Row("separation spaces", "- foo:\t bar\n- - baz\n  -\tbaz\n", #"[{"foo":"bar"},["baz","baz"]]"#),
    Row(
        "line prefixes",
        "plain: text\n  lines\nquoted: \"text\n  \tlines\"\nblock: |\n  text\n   \tlines\n",
        #"{"plain":"text lines","quoted":"text lines","block":"text\n \tlines\n"}"#),
    Row(
        "empty lines in scalars",
        "Folding:\n  \"Empty line\n   \t\n  as a line feed\"\nClipped empty lines: |\n  a line\n \n",
        #"{"Folding":"Empty line\nas a line feed","Clipped empty lines":"a line\n"}"#),
    Row("line folding", "--- >-\n  trimmed\n  \n \n\n  as\n  space\n", #""trimmed\n\n\nas space""#),
    Row("block folding", ">\n  foo \n \n  \t bar\n\n  baz\n", #""foo \n\n\t bar\n\nbaz\n""#),
    Row("flow folding", "\"\n  foo \n \n  \t bar\n\n  baz\n\"", #"" foo\nbar\nbaz ""#),
    Row("separated comment", "key:    # Comment\n  value\n", #"{"key":"value"}"#),
    Row("comment lines", "  # Comment\n   \n\n", #"null"#),
    Row("multi-line comments", "key:    # Comment\n        # lines\n  value\n\n\n", #"{"key":"value"}"#),
    Row("separation spaces in a sequence of mappings", "{ first: Sammy, last: Sosa }\n", #"{"first":"Sammy","last":"Sosa"}"#),
    Row(
        "a reserved directive is passed over",
        "%FOO  bar baz # Should be ignored\n               # with a warning.\n--- \"foo\"\n",
        #""foo""#),
    Row(
        "a YAML directive of a later minor version",
        "%YAML 1.3 # Attempt parsing\n           # with a warning\n---\n\"foo\"\n",
        #""foo""#),
]
