/// Literal and folded scalars, and the core schema.
let blockScalarRows: [Row] = [
    Row("literal clip", "a: |\n  b\n  c\n\n\nd: e\n", #"{"a":"b\nc\n","d":"e"}"#),
    Row("literal strip", "a: |-\n  b\n\n\nd: e\n", #"{"a":"b","d":"e"}"#),
    Row("literal keep", "a: |+\n  b\n\n\nd: e\n", #"{"a":"b\n\n\n","d":"e"}"#),
    Row("literal without a last line break", "a: |\n  b", #"{"a":"b\n"}"#),
    Row("literal strip without a last line break", "a: |-\n  b", #"{"a":"b"}"#),
    Row("literal with inner indentation", "a: |\n  b\n    c\n  d\n", #"{"a":"b\n  c\nd\n"}"#),
    Row("literal with leading blank lines", "a: |\n\n\n  b\n", #"{"a":"\n\nb\n"}"#),
    Row("literal with shorter blank lines", "a: |\n \n  b\n", #"{"a":"\nb\n"}"#),
    Row("literal with a blank line of more spaces", "a: |\n  b\n     \n  c\n", #"{"a":"b\n   \nc\n"}"#),
    Row("literal with hash lines", "a: |\n  # b\n  c # d\n", "{\"a\":\"# b\\nc # d\\n\"}"),
    Row("literal followed by a comment", "a: |\n  b\n # c\nd: e\n", #"{"a":"b\n","d":"e"}"#),
    Row("literal with an indicator", "a: |2\n    b\n   c\n", #"{"a":"  b\n c\n"}"#),
    Row("literal with indicator and chomping", "a: |2-\n    b\n\n", #"{"a":"  b"}"#),
    Row("literal with chomping and indicator", "a: |+1\n   b\n\n", #"{"a":"  b\n\n"}"#),
    Row("literal in a list", "- |\n a\n- |\n  b\n", #"["a\n","b\n"]"#),
    Row("literal in a nested list", "- - |\n   a\n", #"[["a\n"]]"#),
    Row("an empty literal", "a: |\nb: c\n", #"{"a":"","b":"c"}"#),
    Row("an empty keep literal", "a: |+\n\nb: c\n", #"{"a":"\n","b":"c"}"#),
    Row("literal with a tab", "a: |\n  \tb\n", #"{"a":"\tb\n"}"#),
    Row("literal at the left edge", "--- |\na\nb\n", #""a\nb\n""#),
    Row("literal with marks of other kinds", "a: |\n  - b: [c\n  'd\n", #"{"a":"- b: [c\n'd\n"}"#),
    Row("literal with CRLF", "a: |\r\n  b\r\n  c\r\n", #"{"a":"b\nc\n"}"#),
    Row("literal with trailing blanks", "a: |\n  b  \n  c\t\n", #"{"a":"b  \nc\t\n"}"#),
    Row("literal with document markers inside", "a: |\n  ---\n  ...\n", #"{"a":"---\n...\n"}"#),
    Row("folded", "a: >\n  b\n  c\n", #"{"a":"b c\n"}"#),
    Row("folded paragraphs", "a: >\n  b\n\n  c\n", #"{"a":"b\nc\n"}"#),
    Row("folded with two blank lines", "a: >\n  b\n\n\n  c\n", #"{"a":"b\n\nc\n"}"#),
    Row("folded strip", "a: >-\n  b\n  c\n", #"{"a":"b c"}"#),
    Row("folded keep", "a: >+\n  b\n\n\n", #"{"a":"b\n\n\n"}"#),
    Row("folded with an indented block", "a: >\n  b\n    c\n    d\n  e\n", #"{"a":"b\n  c\n  d\ne\n"}"#),
    Row("folded with an indented line after a blank", "a: >\n  b\n\n    c\n\n  d\n", #"{"a":"b\n\n  c\n\nd\n"}"#),
    Row("folded that begins indented", "a: >2\n     b\n   c\n   d\n", #"{"a":"   b\n c\n d\n"}"#),
    Row("folded with a tab line", "a: >\n  b\n  \tc\n  d\n", #"{"a":"b\n\tc\nd\n"}"#),
    Row("folded with leading blank lines", "a: >\n\n  b\n  c\n", #"{"a":"\nb c\n"}"#),
    Row("folded with trailing blanks", "a: >\n  b  \n  c\n", #"{"a":"b   c\n"}"#),
    Row("an empty folded", "a: >\nb: c\n", #"{"a":"","b":"c"}"#),
    Row("nulls", "[~, null, Null, NULL, nULL, ]\n", #"[null,null,null,null,"nULL"]"#),
    Row("booleans", "[true, True, TRUE, false, False, FALSE, tRUE]\n", #"[true,true,true,false,false,false,"tRUE"]"#),
    Row(
        "integers",
        "[0, 1, -1, +1, 0123, -0, 00, 0o17, 0xFF, 0xff, 0o8, -0xF, 1_000, 0b1]\n",
        #"[0,1,-1,1,123,0,0,15,255,255,"0o8","-0xF","1_000","0b1"]"#),
    Row(
        "integers at the ends of 64 bits",
        """
        [9223372036854775807, 9223372036854775808, -9223372036854775808, -9223372036854775809, 123456789012345678901234567890]\n
        """,
        #"""
        [9223372036854775807,9223372036854775808,-9223372036854775808,-9223372036854775809,\#
        123456789012345678901234567890]
        """#),
    Row(
        "large integers are normalised",
        """
        [+0009223372036854775808, -0009223372036854775809, 0xFFFFFFFFFFFFFFFF, 0o7777777777777777777777, 0x100000000000000000000000000000000]\n
        """,
        #"""
        [9223372036854775808,-9223372036854775809,18446744073709551615,73786976294838206463,\#
        340282366920938463463374607431768211456]
        """#),
    Row(
        "floats",
        """
        [1.5, -1.5, +1.5, .5, -.5, +.5, 1., 1e3, 1E3, 1e+3, 1e-3, 1.5e3, 0.1, 0.0, -0.0, 6.02e23, 1.e1]\n
        """,
        #"[1.5,-1.5,1.5,0.5,-0.5,0.5,1.0,1000.0,1000.0,1000.0,0.001,1500.0,0.1,0.0,-0.0,6.02e+23,10.0]"#),
    Row(
        "what is no number",
        "[., .e1, e1, 1e, 1e+, +, -., 1.5.2, 0x, 0o, 1a, '1', \"1.5\", .5a, --1, 0xg]\n",
        #"[".",".e1","e1","1e","1e+","+","-.","1.5.2","0x","0o","1a","1","1.5",".5a","--1","0xg"]"#),
    Row("numbers in quotes are text", "['1', \"true\", 'null', \"~\"]\n", #"["1","true","null","~"]"#),
    Row("numbers as block scalars are text", "- |-\n  1\n- >-\n  true\n", #"["1","true"]"#),
    Row("a number over two lines is text", "a: 1\n  2\n", #"{"a":"1 2"}"#),
]
