/// Documents after the examples of YAML 1.2.2, chapters 6 to 9, and what they mean as JSON.
let standardStyleExamples: [Row] = [
    Row("a TAG directive without a tag", "%TAG !yaml! tag:yaml.org,2002:\n---\nfoo\n", #""foo""#),
    Row(
        "anchors in a sequence",
        """
        First occurrence: &anchor Foo\n\
        Second occurrence: *anchor\n\
        Override anchor: &anchor Bar\n\
        Reuse anchor: *anchor\n
        """,
        #"{"First occurrence":"Foo","Second occurrence":"Foo","Override anchor":"Bar","Reuse anchor":"Bar"}"#),
    Row("completely empty flow nodes", "{\n  foo : ,\n  bar : 1\n}\n", #"{"foo":null,"bar":1}"#),
    Row(
        "double-quoted implicit keys",
        "'implicit block key' : [\n  'implicit flow key' : value,\n ]\n",
        #"{"implicit block key":[{"implicit flow key":"value"}]}"#),
    Row(
        "double-quoted line breaks",
        "\"folded \nto a space,\t\n \nto a line feed, or \t\\\n \\ \tnon-content\"\n",
        #""folded to a space,\nto a line feed, or \t \tnon-content""#),
    Row(
        "double-quoted lines",
        "\" 1st non-empty\n\n 2nd non-empty \n\t3rd non-empty \"",
        #"" 1st non-empty\n2nd non-empty 3rd non-empty ""#),
    Row("single-quoted characters", " 'here''s to \"quotes\"'\n", #""here's to \"quotes\"""#),
    Row(
        "single-quoted lines",
        "' 1st non-empty\n\n 2nd non-empty \n\t3rd non-empty '\n",
        #"" 1st non-empty\n2nd non-empty 3rd non-empty ""#),
    Row(
        "plain characters",
        """
        # Outside flow collection:\n\
        - ::vector\n\
        - ": - ()"\n\
        - Up, up, and away!\n\
        - -123\n\
        - http://example.com/foo#bar\n\
        # Inside flow collection:\n\
        - [ ::vector,\n\
          ": - ()",\n\
          "Up, up and away!",\n\
          -123,\n\
          http://example.com/foo#bar ]\n
        """,
        #"""
        ["::vector",": - ()","Up, up, and away!",-123,"http://example.com/foo#bar",["::vector",": - ()","Up,\#
         up and away!",-123,"http://example.com/foo#bar"]]
        """#),
    Row(
        "plain implicit keys",
        "implicit block key : [\n  implicit flow key : value,\n ]\n",
        #"{"implicit block key":[{"implicit flow key":"value"}]}"#),
    Row(
        "plain multi-line",
        "1st non-empty\n\n 2nd non-empty \n\t3rd non-empty\n",
        #""1st non-empty\n2nd non-empty 3rd non-empty""#),
    Row("flow sequences", "- [ one, two, ]\n- [three ,four]\n", #"[["one","two"],["three","four"]]"#),
    Row(
        "flow sequence entries",
        """
        [\n\
        "double\n\
         quoted", 'single\n\
                   quoted',\n\
        plain\n\
         text, [ nested ],\n\
        single: pair,\n\
        ]\n
        """,
        #"["double quoted","single quoted","plain text",["nested"],{"single":"pair"}]"#),
    Row(
        "flow mappings",
        "- { one : two , three: four , }\n- {five: six,seven : eight}\n",
        #"[{"one":"two","three":"four"},{"five":"six","seven":"eight"}]"#),
    Row(
        "flow mapping entries",
        "{\n? explicit: entry,\nimplicit: entry,\n?\n}\n",
        #"{"explicit":"entry","implicit":"entry","null":null}"#),
    Row(
        "flow mapping separate values",
        "{\nunquoted : \"separate\",\nhttp://foo.com,\nomitted value:,\n: omitted key,\n}\n",
        #"{"unquoted":"separate","http://foo.com":null,"omitted value":null,"null":"omitted key"}"#),
    Row(
        "flow mapping adjacent values",
        "{\n\"adjacent\":value,\n\"readable\": value,\n\"empty\":\n}\n",
        #"{"adjacent":"value","readable":"value","empty":null}"#),
    Row("single pair flow mappings", "[\nfoo: bar\n]\n", #"[{"foo":"bar"}]"#),
    Row("single pair explicit entry", "[\n? foo\n bar : baz\n]\n", #"[{"foo bar":"baz"}]"#),
    Row(
        "single pair implicit entries",
        "- [ YAML : separate ]\n- [ : empty key entry ]\n- [ \"JSON like\":adjacent ]\n",
        #"[[{"YAML":"separate"}],[{"null":"empty key entry"}],[{"JSON like":"adjacent"}]]"#),
    Row("flow content", "- [ a, b ]\n- { a: b }\n- \"a\"\n- 'b'\n- c\n", #"[["a","b"],{"a":"b"},"a","b","c"]"#),
    Row(
        "block scalar headers",
        """
        - | # Empty header\n\
         literal\n\
        - >1 # Indentation indicator\n\
          folded\n\
        - |+ # Chomping indicator\n\
         keep\n\
        \n\
        - >1- # Both indicators\n\
          strip\n
        """,
        #"["literal\n"," folded\n","keep\n\n"," strip"]"#),
    Row(
        "block indentation indicator",
        "- |\n detected\n- >\n \n  \n  # detected\n- |1\n  explicit\n- >\n \t\n detected\n",
        #"["detected\n","\n\n# detected\n"," explicit\n","\t\ndetected\n"]"#),
    Row(
        "chomping of the final break",
        "strip: |-\n  text\nclip: |\n  text\nkeep: |+\n  text\n",
        #"{"strip":"text","clip":"text\n","keep":"text\n"}"#),
    Row(
        "chomping of trailing lines",
        """
         # Strip\n\
          # Comments:\n\
        strip: |-\n\
          # text\n\
          \n\
         # Clip\n\
          # comments:\n\
        \n\
        clip: |\n\
          # text\n\
         \n\
         # Keep\n\
          # comments:\n\
        \n\
        keep: |+\n\
          # text\n\
        \n\
         # Trail\n\
          # comments.\n
        """,
        "{\"strip\":\"# text\",\"clip\":\"# text\\n\",\"keep\":\"# text\\n\\n\"}"),
    Row("chomping of empty scalars", "strip: >-\n\nclip: >\n\nkeep: |+\n\n", #"{"strip":"","clip":"","keep":"\n"}"#),
    Row("a literal scalar", "|\n literal\n \ttext\n\n\n", #""literal\n\ttext\n""#),
    Row("literal content", "|\n \n  \n  literal\n   \n  \n  text\n\n # Comment\n", #""\n\nliteral\n \n\ntext\n""#),
    Row("folded scalar", ">\n folded\n text\n\n\n", #""folded text\n""#),
    Row(
        "folded lines",
        """
        >\n\
        \n\
         folded\n\
         line\n\
        \n\
         next\n\
         line\n\
           * bullet\n\
        \n\
           * list\n\
           * lines\n\
        \n\
         last\n\
         line\n\
        \n\
        # Comment\n
        """,
        #""\nfolded line\nnext line\n  * bullet\n\n  * list\n  * lines\n\nlast line\n""#),
    Row("block sequence", "block sequence:\n  - one\n  - two : three\n", #"{"block sequence":["one",{"two":"three"}]}"#),
    Row(
        "block sequence entry types",
        """
        - # Empty\n\
        - |\n\
         block node\n\
        - - one # Compact\n\
          - two # sequence\n\
        - one: two # Compact mapping\n
        """,
        #"[null,"block node\n",["one","two"],{"one":"two"}]"#),
    Row("block mappings", "block mapping:\n key: value\n", #"{"block mapping":{"key":"value"}}"#),
    Row(
        "explicit block mapping entries",
        """
        ? explicit key # Empty value\n\
        ? |\n\
          block key\n\
        : - one # Explicit compact\n\
          - two # block value\n
        """,
        #"{"explicit key":null,"block key\n":["one","two"]}"#),
    Row(
        "implicit block mapping entries",
        "plain key: in-line value\n: # Both empty\n\"quoted key\":\n- entry\n",
        #"{"plain key":"in-line value","null":null,"quoted key":["entry"]}"#),
    Row(
        "block node types",
        "-\n  \"flow in block\"\n- >\n Block scalar\n- # Block collection\n  foo : bar\n",
        #"["flow in block","Block scalar\n",{"foo":"bar"}]"#),
    Row("a document with markers", "%YAML 1.2\n---\nDocument\n... # Suffix\n", #""Document""#),
    Row("an explicit document with a flow mapping", "---\n{ matches\n% : 20 }\n...\n", #"{"matches %":20}"#),
]
