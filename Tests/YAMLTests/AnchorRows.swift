/// Anchors and aliases.
let anchorRows: [Row] = [
    Row("alias of a scalar", "a: &x 1\nb: *x\n", #"{"a":1,"b":1}"#),
    Row("alias of a list", "a: &x\n  - 1\n  - 2\nb: *x\n", #"{"a":[1,2],"b":[1,2]}"#),
    Row("alias of a list as far left", "a: &x\n- 1\nb: *x\n", #"{"a":[1],"b":[1]}"#),
    Row("alias of a mapping", "a: &x\n  c: 1\nb: *x\n", #"{"a":{"c":1},"b":{"c":1}}"#),
    Row("alias of a flow mapping", "a: &x {c: 1}\nb: *x\n", #"{"a":{"c":1},"b":{"c":1}}"#),
    Row("alias in flow", "[&x a, *x , *x]\n", #"["a","a","a"]"#),
    Row("alias as a key", "a: &x b\n*x : c\n", #"{"a":"b","b":"c"}"#),
    Row("alias as a flow key", "{&x a: 1, b: {*x : 2}}\n", #"{"a":1,"b":{"a":2}}"#),
    Row("anchor on a key", "&x a: 1\nb: *x\n", #"{"a":1,"b":"a"}"#),
    Row("anchor on the first key and on the mapping", "&m\n&x a: 1\nb: *x\n", #"{"a":1,"b":"a"}"#),
    Row("anchor on the document", "--- &x\na: 1\n", #"{"a":1}"#),
    Row("anchor on an empty value", "a: &x\nb: *x\n", #"{"a":null,"b":null}"#),
    Row("anchor on an empty item", "- &x\n- *x\n- a\n", #"[null,null,"a"]"#),
    Row("anchor and comment", "a: &x # c\n  b: 1\nd: *x\n", #"{"a":{"b":1},"d":{"b":1}}"#),
    Row("anchor on an own line", "a:\n  &x\n  b: 1\nc: *x\n", #"{"a":{"b":1},"c":{"b":1}}"#),
    Row("anchor then scalar on the next line", "a: &x\n  b\nc: *x\n", #"{"a":"b","c":"b"}"#),
    Row("anchor on a quoted scalar", "a: &x 'b'\nc: *x\n", #"{"a":"b","c":"b"}"#),
    Row("anchor on a literal", "a: &x |\n  b\nc: *x\n", #"{"a":"b\n","c":"b\n"}"#),
    Row("anchors in a compact list", "- &x a: 1\n- *x\n", #"[{"a":1},"a"]"#),
    Row("an anchor given again", "- &x 1\n- *x\n- &x 2\n- *x\n", #"[1,1,2,2]"#),
    Row("anchor names of odd characters", "- &a:b-c/d a\n- *a:b-c/d\n", #"["a","a"]"#),
    Row("anchor of a key and its value", "&k a: &v b\nc: *k\nd: *v\n", #"{"a":"b","c":"a","d":"b"}"#),
    Row("anchors within anchors", "&a [&b [&c x, *c ], *b ]\n", #"[["x","x"],["x","x"]]"#),
    Row("anchor in a flow mapping without a value", "{a: &x , b: *x }\n", #"{"a":null,"b":null}"#),
    Row(
        "keys and anchors in turn",
        """
        top1: &node1\n\
          &k1 key1: one\n\
        top2: &node2 # comment\n\
          key2: two\n\
        top3:\n\
          &k3 key3: three\n\
        top4:\n\
          &node4\n\
          &k4 key4: four\n\
        top5:\n\
          &node5\n\
          key5: five\n\
        top6: &val6\n\
          six\n\
        top7:\n\
          &val7 seven\n
        """,
        #"""
        {"top1":{"key1":"one"},"top2":{"key2":"two"},"top3":{"key3":"three"},"top4":{"key4":"four"},\#
        "top5":{"key5":"five"},"top6":"six","top7":"seven"}
        """#),
]
