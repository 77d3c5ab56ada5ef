//! Small programs that evaluators get wrong, each with the reference's result: JSON, or `!class path` of the first error.

use mizzen_cue::{Context, Validate};

fn outcome(src: &str) -> String {
    let value = match Context::builder().build().eval_str(src) {
        Ok(v) => v,
        Err(e) => return failure(&e),
    };
    match value.validate(Validate::default().concrete(true)) {
        Ok(()) => value.to_json().unwrap_or_else(|e| failure(&e)),
        Err(e) => failure(&e),
    }
}

fn failure(e: &mizzen_cue::Error) -> String {
    let class = e.class().map_or_else(|| "budget".to_owned(), |c| c.to_string());
    let path = e.messages().first().map_or("", |m| m.path.as_str());
    format!("!{class} {path}").trim_end().to_owned()
}

fn check(table: &[(&str, &str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(id, src, want)| {
            let got = outcome(src);
            (got != *want).then(|| format!("{id}: {src}\n   got {got}\n  want {want}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), table.len(), wrong.join("\n"));
}

#[test]
fn defaults_and_disjunctions() {
    check(&[
        ("T01", "x: *1 | int\nx: 2\ny: (*1 | int) & >0", r#"{"x":2,"y":1}"#),
        ("T02", "a: *\"x\" | \"y\"\na: *\"y\" | \"x\"", "!incomplete a"),
        ("T03", "a: (*1|2|3) & (*1|int)", r#"{"a":1}"#),
        ("T03", "a: (*1 | 2) & (1 | *2)", "!incomplete a"),
        ("T04", "a: *(*1 | 2) | 3\nb: (*1 | 2) | *3\nc: (*1 | 2) | 3", r#"{"a":1,"b":3,"c":1}"#),
        (
            "T05",
            "x: *\"a\" | (*\"b\" | \"c\")\ny: \"a\" | (*\"b\" | \"c\")",
            r#"{"x":"a","y":"b"}"#,
        ),
        (
            "T06",
            "p: *{kind: \"a\", n: 1} | {kind: \"b\", m: 2}\np: kind: \"b\"",
            r#"{"p":{"kind":"b","m":2}}"#,
        ),
        ("T07", "p: x: *{a: 1} | {a: int, b: 2}\np: x: a: 5", r#"{"p":{"x":{"a":5,"b":2}}}"#),
        ("T09", "a: *1 | int\nb: a & >1", "!incomplete b"),
        ("T10", "a: *1 | int\nb: a & (*2 | int)", "!incomplete b"),
        ("T11", "a: *1 | *2", "!incomplete a"),
        ("T12", "x: (*1 | 2) + (*10 | 20)", r#"{"x":11}"#),
        ("T13", "l: *[1, 2] | [...int]\nl: [5]", r#"{"l":[5]}"#),
        ("T14", "a: *1 | int & >0\na: 5", r#"{"a":5}"#),
        ("T15", "p: \"A\" | \"B\"\nif p == \"A\" {x: 1}", "!incomplete"),
    ]);
}

#[test]
fn existence_and_markers() {
    check(&[
        (
            "T16",
            "p: {a?: string, c: *\"d\" | string}\nif p.a != _|_ {h: 1}\nif p.c != _|_ {k: p.c}",
            r#"{"p":{"c":"d"},"k":"d"}"#,
        ),
        ("T17", "p: {a?: {b?: string}}\nif p.a.b == _|_ {y: 1}", r#"{"p":{},"y":1}"#),
        ("T19", "#p: {a: {b: string}}\nif #p.a != _|_ {h: 1}", r#"{"h":1}"#),
        ("T20", "o: {if c {r: l: 1}, if r != _|_ {x: 1}}\nc: true", "!eval o"),
        ("T21", "p: {a?: string}\no: v: p.a", "!incomplete o.v"),
        ("T22", "p: {a!: string}\no: 1", "!incomplete p.a"),
        ("T23", "x: {if true {#d: 1}, y: #d}", "!eval x.y"),
        ("T24", "a: {b: 1, for k, v in a {\"\\(k)x\": v}}", "!eval a"),
        (
            "T24",
            "n: a: i: 1\nn: {for k, v in n {(k): j: v.i + 10}}",
            r#"{"n":{"a":{"i":1,"j":11}}}"#,
        ),
        ("T26", "p: {m?: [string]: string}\no: {for k, v in p.m {(k): v}}", "!incomplete o"),
        (
            "T27",
            "p: {m?: [string]: string}\no: {if p.m != _|_ for k, v in p.m {(k): v}}",
            r#"{"p":{},"o":{}}"#,
        ),
        ("T28", "p: {a?: bool}\nif p.a != _|_ && p.a {x: 1}", "!incomplete"),
        ("T30", "m: {a!: int, b: 2}\nn: [for k, v in m {k}]", "!incomplete m.a"),
        ("T31", "#x: {n?: *1 | int}\ny: #x & {n: int}", r#"{"y":{"n":1}}"#),
        ("T32", "a: {x?: 1 & 2}\nb: 3", r#"{"a":{},"b":3}"#),
        (
            "T71",
            "x: {a: true, b?: int, if a {b: 1}, if b != _|_ {c: 2}}",
            r#"{"x":{"a":true,"b":1,"c":2}}"#,
        ),
    ]);
}

#[test]
fn numbers_strings_null() {
    check(&[
        (
            "T33",
            "a: 1.0, b: 1e3, c: 4/2, d: 100/10, e: 1/3, f: 0.1 + 0.2, g: 3.10, h: 2.5K, i: 1e-7",
            r#"{"a":1.0,"b":1E+3,"c":2.0,"d":10,"e":0.3333333333333333333333333333333333,"f":0.3,"g":3.10,"h":2500,"i":1E-7}"#,
        ),
        (
            "T34",
            "a: 12345678901234567890123456789012345678 + 0",
            r#"{"a":1.234567890123456789012345678901235E+37}"#,
        ),
        ("T35", "a: int & 1.0", "!eval a"),
        ("T35", "a: number & 1, b: 1 == 1.0", r#"{"a":1,"b":true}"#),
        (
            "T37",
            "a: div(-5, 3), b: mod(-5, 3), c: quo(-5, 3), d: rem(-5, 3)",
            r#"{"a":-2,"b":1,"c":-1,"d":-2}"#,
        ),
        ("T37", "a: 1/0", "!eval a"),
        ("T38", "a: \"\\(1.50) \\(1e3) \\(true) \\('hi')\"", r#"{"a":"1.50 1E+3 true hi"}"#),
        ("T38", "a: \"\\([1])\"", "!eval a"),
        ("T39", "a: 'a'", r#"{"a":"YQ=="}"#),
        ("T40", "a: null | string", "!incomplete a"),
        ("T42", "a: null\nb: a.x", "!eval b"),
        ("T43", "a: 1 == \"1\"", "!eval a"),
        ("T43", "a: [1, 2] == [1, 2], b: null == 1", r#"{"a":true,"b":false}"#),
        (
            "T44",
            "a: len(\"Hellø\"), b: len({a: 1, _b: 2, #c: 3, d?: 4}), c: len([1, 2, ...])",
            r#"{"a":6,"b":1,"c":2}"#,
        ),
        ("T45", "a: >=5 & <=3", "!eval a"),
        ("T45", "a: >=1 & <=1", "!incomplete a"),
        ("T46", "p: {a?: string}\nq: p.a | \"d\"", r#"{"p":{},"q":"d"}"#),
    ]);
}

#[test]
fn lists_errors_closedness() {
    check(&[
        ("T47", "a: [1, 2] & [1]", "!eval a"),
        ("T48", "a: [...int], b: [1, ...]", r#"{"a":[],"b":[1]}"#),
        ("T48", "a: [1, 2][2]", "!eval a"),
        ("T48", "a: [1, 2, ...][2]", "!incomplete a"),
        ("T49", "a: [1] + [2]", "!eval a"),
        ("T50", "l: [if e {1}, if m != _|_ {2}, 3]\ne: true\nm?: int", r#"{"l":[1,3],"e":true}"#),
        ("T51", "a: 1\na: 2", "!eval a"),
        ("T52", "#A: {x: 1 & 2}\nb: 1", "!eval #A.x"),
        ("T53", "a: {let v = 1/0, b: 1, c: [if false {v}]}", r#"{"a":{"b":1,"c":[]}}"#),
        ("T54", "a: \"x\" | 1\na: true", "!eval a"),
        ("T55", "a: int | error(\"must be int\")\na: \"s\"", "!user a"),
        ("T57", "let u = 1", "!eval"),
        ("T57", "a: foo", "!eval a"),
        ("T58", "#A: {a: int}\nx: #A & {b: 1}", "!eval x.b"),
        ("T58", "#A: s: {a: int}\nx: #A & {s: z: 1}", "!eval x.s.z"),
        ("T58", "x: close({a: {b: 1}}) & {a: c: 2}", r#"{"x":{"a":{"b":1,"c":2}}}"#),
        ("T58", "x: close({a: 1}) & {d: 1}", "!eval x.d"),
        ("T58", "#A: {a: 1}\nx: {#A, b: 1}", r#"{"x":{"a":1,"b":1}}"#),
        ("T58", "#A: {a: 1}\nx: {#A} & {b: 1}", "!eval x.b"),
        ("T58", "#A: {a: 1}\n#B: {b: 1}\n#C: {#A, #B}\nx: #C & {a: 1}", r#"{"x":{"a":1,"b":1}}"#),
        ("T58", "#M: {[=~\"^x-\"]: string}\nx: #M & {\"x-a\": \"1\"}", r#"{"x":{"x-a":"1"}}"#),
        ("T58", "#A: {l: [...{a: int}]}\nx: #A & {l: [{a: 1, b: 2}]}", "!eval x.l.0.b"),
        (
            "T58",
            "#A: {t: string, if t == \"x\" {y: int}}\nx: #A & {t: \"x\", y: 3}",
            r#"{"x":{"t":"x","y":3}}"#,
        ),
        (
            "T69",
            "#T: {n: string, s: {r: *1 | int}}\nt: #T & {n: \"x\"}\nv: t.s & {foo: 1}",
            r#"{"t":{"n":"x","s":{"r":1}},"v":{"foo":1,"r":1}}"#,
        ),
    ]);
}

#[test]
fn cycles_order_and_the_rest() {
    check(&[
        ("T59", "a: b + 1\nb: a - 1\nb: 5", r#"{"a":6,"b":5}"#),
        ("T59", "a: {b: a}", "!structural-cycle a.b"),
        ("T59", "#L: {v: int, n?: #L}\nx: #L & {v: 1}", r#"{"x":{"v":1}}"#),
        ("T60", "y: {z: 1, if true {k: 9}, w: 2}", r#"{"y":{"k":9,"z":1,"w":2}}"#),
        (
            "T60",
            "base: {i: 1, n: 2}\no: {p: 1, base, c: 2}",
            r#"{"base":{"i":1,"n":2},"o":{"i":1,"n":2,"p":1,"c":2}}"#,
        ),
        ("T61", "{for k in [\"c\", \"b\", \"a\"] {\"\\(k)\": 1}}", r#"{"c":1,"b":1,"a":1}"#),
        (
            "T62",
            "m: [K=string]: {k: K, n: *K | string}\nm: a: {}",
            r#"{"m":{"a":{"k":"a","n":"a"}}}"#,
        ),
        ("T63", "#x: {#in: int, out: #in * 2}\ny: (#x & {#in: 4}).out", r#"{"y":8}"#),
        ("T64", "let b = {x: int}\na: b & {x: 1}\nc: b & {x: 2}", r#"{"a":{"x":1},"c":{"x":2}}"#),
        (
            "T65",
            "if: 1, for: 2, \"in\": 3, x: true: 4",
            r#"{"if":1,"for":2,"in":3,"x":{"true":4}}"#,
        ),
        ("T66", "\"hello\"", r#""hello""#),
        ("T67", "a: [\n 1\n 2\n]", "!syntax"),
        ("T68", "a: 5 & matchN(2, [int, string])", "!eval a"),
        ("T68", "a: {x: 1} & matchN(>=1, [{x: int}, {y: int}])", r#"{"a":{"x":1}}"#),
        ("T70", "import \"encoding/base64\"\na: base64.Decode(null, \"aGk=\")", r#"{"a":"aGk="}"#),
        (
            "T72",
            "import \"encoding/json\"\na: json.Marshal({z: 1, a: 2})",
            r#"{"a":"{\"z\":1,\"a\":2}"}"#,
        ),
    ]);
}

#[test]
fn results_of_list_functions_belong_to_their_definition() {
    check(&[(
        "list.FlattenN",
        "import \"list\"\n#A: {x: _, y: list.FlattenN([{a: x}], 1)}\nr: #A & {x: 1}",
        r#"{"r":{"x":1,"y":[{"a":1}]}}"#,
    )]);
}

#[test]
fn fields_of_other_files() {
    use mizzen_cue::Source;
    let files = ["package p\na: 1", "package p\nb: a\nc: d: e: a"];
    let files = files.map(|text| Source::new("in.cue", text));
    let value = Context::builder().build().compile(&files).unwrap().eval().run().unwrap();
    assert_eq!(value.to_json().unwrap(), r#"{"a":1,"b":1,"c":{"d":{"e":1}}}"#);
}

#[test]
fn what_the_official_corpus_showed() {
    check(&[
        (
            "elements of a function's result",
            "import \"strings\"\na: [for s in strings.Split(\"x,y\", \",\") {s}]",
            r#"{"a":["x","y"]}"#,
        ),
        ("regular expressions keep !=", "a: !=\"b\" & =~\"[a-z]\"\na: \"b\"", "!eval a"),
        ("lets in a circle", "a: {\nlet X = Y\nlet Y = X\nb: X\n}", "!eval a.let[]"),
        ("an index without a type", "a: _\nb: [1][a]", "!eval b"),
        ("bad patterns", "a: {\n[=~\"B)\" & =~\"x\"]: string\ny: 1\n}", "!eval a"),
        (
            "a closed struct with too few fields",
            "import \"struct\"\na: struct.MinFields(1) & close({})",
            "!eval a",
        ),
        (
            "validators of structs do not open them",
            "import \"struct\"\n#X: {\nstruct.MaxFields(1)\na?: int\n}\nx: #X\nx: c: 1",
            "!eval x.c",
        ),
        ("an open line after an interpolation starts", "a: \"\\(\n\t4)\"", r#"{"a":"4"}"#),
        ("reserved names may be referred to", "a: __int & 1", r#"{"a":1}"#),
        (
            "an optional disjunction that a comprehension makes a field",
            "p: {\nroot?: null | {a?: int}\nif true {root: a: 1}\n}",
            r#"{"p":{"root":{"a":1}}}"#,
        ),
        ("a bare validator", "import \"time\"\na: time.Time\nb: a & \"x\"", "!eval b"),
    ]);
}
