//! Programs that try to exhaust something: each ends, by a result or by a budget, without panic or overflow.

use std::time::Duration;

use mizzen_cue::{Context, Limits, Validate};

fn ends(src: &str) {
    let limits = Limits {
        steps: 300_000,
        nodes: 200_000,
        text: 1 << 20,
        time: Duration::from_secs(20),
        ..Limits::default()
    };
    let ctx = Context::builder().limits(limits).build();
    if let Ok(v) = ctx.eval_str(src) {
        let _ = v.validate(Validate::default().concrete(true));
        let _ = v.to_json();
        let _ = v.err().map(|e| e.to_string());
    }
}

#[test]
fn deep_texts_end() {
    for (open, close) in [("{a: ", "}"), ("[", "]"), ("(", ")"), ("-", ""), ("!", ""), ("{a: b: ", "}")] {
        ends(&format!("x: {}1{}", open.repeat(5_000), close.repeat(5_000)));
    }
    ends(&format!("x: 1{}", " + 1".repeat(20_000)));
    ends(&format!("x: 1{}", " & 1".repeat(20_000)));
    ends(&format!("x: {}", "a.".repeat(20_000) + "b"));
    ends(&format!("x: {}int", "*1 | ".repeat(5_000)));
}

#[test]
fn growing_values_end() {
    ends("a: \"x\" * 1000000000");
    ends("a: \"x\"\nb: a+a\nc: b*100000\nd: c*100000");
    ends("import \"list\"\na: list.Range(0, 1e12, 1)");
    ends("import \"list\"\na: list.Repeat([1], 1000000000000)");
    ends("import \"strings\"\na: strings.Repeat(\"ab\", 100000000000)");
    ends("import \"math\"\na: math.Pow(10, 1000000000)");
    ends("a: 1e100000 + 1e-100000");
    ends("a: 1e99999 * 1e99999");
    ends("l: [for a in x for b in x for c in x for d in x for e in x {a}]\nx: [1,2,3,4,5,6,7,8,9,10,11,12]");
}

#[test]
fn products_of_disjunctions_end() {
    let term = |i: usize| format!("({{a{i}: 1}} | {{a{i}: 2}} | {{b{i}: 3}})");
    let all: Vec<String> = (0..20).map(term).collect();
    ends(&format!("x: {}", all.join(" & ")));
    ends(&format!("#D: {}\nx: [#D, #D, #D] & [...#D]", "*1 | ".repeat(300) + "string"));
    ends("#T: {k: \"a\", n?: #T} | {k: \"b\", n?: #T} | {k: \"c\", n?: #T}\nx: #T & {n: n: n: n: n: n: k: \"a\"}");
}

#[test]
fn self_feeding_programs_end() {
    for src in [
        "a: {b: a}",
        "a: [a]",
        "a: b\nb: {c: a}",
        "#A: {n: #A}\nx: #A",
        "#A: {n: #A | null}\nx: #A & {n: n: n: {}}",
        "a: {for k, v in a {\"\\(k)x\": v}}\na: b: 1",
        "a: \"\\(a)x\"",
        "a: a & {b: a}",
        "f: {x: int, y: (f & {x: x - 1}).y}\nz: (f & {x: 3}).y",
        "a: [for x in a {x}]",
        "x: y\ny: z\nz: x & {a: x}",
        "a: {[string]: a}\na: b: {}",
        "a: a.b\nb: a.a",
        "let x = x\ny: x",
    ] {
        ends(src);
    }
    let chain: String = (0..3_000).map(|i| format!("a{i}: a{} + 1\n", i + 1)).collect();
    ends(&format!("{chain}a3000: 1"));
    let nest: String = (0..2_000).map(|i| format!("n{i}: {{v: n{}}}\n", i + 1)).collect();
    ends(&format!("{nest}n2000: 1"));
}

#[test]
fn broken_texts_end() {
    for src in ["", "\0", "a: \"", "a: '''", "{", "]", "a: \\", "a: #\"\\#(", "\u{feff}a: 1", "a: \"\\(", "import", "package", "@", "a: 1 @x(", "...", "_", "__x: 1", "a: 0x", "a: 1e999999999999", "a: [0...]", "let", "if", "for x in", "a?b: 1", "\"a\\u{}\": 1"] {
        ends(src);
    }
}
