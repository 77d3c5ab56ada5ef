//! Programs that try to exhaust something: each ends, by a result or by a budget that names the field, without panic,
//! overflow or hang. They run on the small stack of a test thread.

use std::time::Duration;

use mizzen_cue::syntax::{Mode, SourceId, Style, parse_file};
use mizzen_cue::{Context, Error, Limits, Validate, View};

fn limits() -> Limits {
    Limits {
        steps: 300_000,
        nodes: 200_000,
        text: 1 << 20,
        time: Duration::from_secs(20),
        ..Limits::default()
    }
}

/// Evaluates, validates and exports; all errors on the way.
fn errors(src: &str) -> Vec<Error> {
    let ctx = Context::builder().limits(limits()).build();
    match ctx.eval_str(src) {
        Ok(v) => {
            let checked = v.validate(Validate::default().concrete(true)).err();
            let json =
                v.to_data().map(|d| (d.to_json(), d.to_json_pretty(" "), d.to_serde())).err();
            let all = View::default().definitions(true).optional(true).hidden(true).errors(true);
            let shown = v.view(all).map(|file| Style::default().file(&file)).err();
            let defined = v.definition(all).map(|file| Style::default().file(&file)).err();
            [checked, json, v.syntax().err(), shown, defined, v.err()]
                .into_iter()
                .flatten()
                .collect()
        }
        Err(e) => vec![e],
    }
}

/// The program ends; its errors can be read.
fn ends(src: &str) {
    for e in errors(src) {
        let text = e.to_string();
        assert!(!text.is_empty() && text.len() < 100_000, "{}: {} bytes", &src[..40], text.len());
    }
    let parsed = parse_file(SourceId::default(), src, Mode::All);
    if parsed.errors.is_empty() {
        Style::default().file(&parsed.tree);
        Style::default().simplify(true).file(&parsed.tree);
    }
}

/// Class (or limit) and path of the first error.
fn first(src: &str) -> String {
    match errors(src).into_iter().next() {
        None => "no error".to_owned(),
        Some(Error::Budget { what, path }) => format!("budget {what} {path}"),
        Some(e) => {
            let class = e.class().map_or_else(String::new, |c| c.to_string());
            let path = e.messages().first().map_or("", |m| m.path.as_str());
            format!("{class} {path}").trim_end().to_owned()
        }
    }
}

fn check(table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(src, want)| {
            let got = first(src);
            (got != *want).then(|| format!("{src}\n   got {got}\n  want {want}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn deep_texts_end() {
    let nested = [
        ("{a: ", "1", "}"),
        ("[", "1", "]"),
        ("(", "1", ")"),
        ("-", "1", ""),
        ("!", "true", ""),
        (">", "1", ""),
        ("*", "1 | 2", ""),
        ("{a: b: ", "1", "}"),
        ("a: ", "1", ""),
        ("[...", "int", "]"),
        ("{[string]: ", "int", "}"),
        ("\"\\(", "1", ")\""),
        ("len(", "[]", ")"),
        ("{if true {", "", "}}"),
        ("[for x in [1] ", "{x}", "]"),
        ("{let x = ", "1", "}"),
        ("{(", "\"a\"", "): 1}"),
        ("1 + (", "1", ")"),
        ("1 + [", "1", "][0]"),
    ];
    for (open, mid, close) in nested {
        for n in [900, 20_000] {
            ends(&format!("x: {}{mid}{}", open.repeat(n), close.repeat(n)));
            ends(&format!("x: {}{mid}", open.repeat(n)));
        }
    }
    for chain in [" + 1", " & 1", " | 1", " * 1", " == 1", " && 1", "[0]", "[0:1]", ".a", "()"] {
        ends(&format!("x: 1{}", chain.repeat(1_500)));
        ends(&format!("x: 1{}", chain.repeat(20_000)));
    }
    ends(&format!("x: {}int", "*1 | ".repeat(5_000)));
    ends(&format!("x: [{} {{a}}]\n", "for a in [1] ".repeat(20_000)));
    // Chains inside chains: higher than either bound alone.
    let chain = " + 1".repeat(300);
    ends(&format!("x: {}1{}", "(".repeat(90), format!("{chain})").repeat(90)));
}

#[test]
fn deep_values_end() {
    let chain: String = (0..3_000).map(|i| format!("a{i}: a{} + 1\n", i + 1)).collect();
    ends(&format!("{chain}a3000: 1"));
    let nest: String = (0..2_000).map(|i| format!("n{i}: {{v: n{}}}\n", i + 1)).collect();
    ends(&format!("{nest}n2000: 1"));
    let defs: String = (0..1_500).map(|i| format!("#n{i}: {{v: #n{}, w: 1}}\n", i + 1)).collect();
    ends(&format!("{defs}#n1500: {{}}\nx: #n0 & {{q: 1}}"));
    let aliases: String = (0..5_000).map(|i| format!("r{i}: r{}\n", i + 1)).collect();
    ends(&format!("{aliases}r5000: {{a: 1}}\nx: r0.a"));
    let lets: String = (1..20_000).map(|i| format!("let s{i} = s{} + 1\n", i - 1)).collect();
    ends(&format!("let s0 = 1\n{lets}x: s19999"));
    let lists: String = (0..1_500).map(|i| format!("l{i}: [l{}]\n", i + 1)).collect();
    ends(&format!("{lists}l1500: []\nx: l0 == l1"));
    let terms: String = (0..500).map(|i| format!("d{i}: {{v: d{} | null}}\n", i + 1)).collect();
    ends(&format!("{terms}d500: 1"));
    let loops: String =
        (0..500).map(|i| format!("c{i}: {{for k, v in c{} {{(k): {{v}}}}}}\n", i + 1)).collect();
    ends(&format!("{loops}c500: {{a: {{b: 1}}}}"));
    let text = "[".repeat(100_000) + &"]".repeat(100_000);
    ends(&format!("import \"encoding/json\"\nx: json.Unmarshal(\"{text}\")"));
    ends(&format!("import \"encoding/json\"\nx: json.Valid(\"{text}\")"));
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
    ends(
        "l: [for a in x for b in x for c in x for d in x for e in x {a}]\nx: [1,2,3,4,5,6,7,8,9,10,11,12]",
    );
}

#[test]
fn regular_expressions_end() {
    let stars = "*a".repeat(2_000);
    let text = "a".repeat(5_000);
    ends(&format!("import \"path\"\nx: path.Match(\"{stars}b\", \"{text}\", path.Unix)\n"));
    let deep = "(".repeat(100_000) + &")".repeat(100_000);
    let wide = "a{1000}".repeat(3) + "{1000}{1000}";
    for pattern in
        [deep.as_str(), &wide, &"a*".repeat(50_000), &"(a|".repeat(900), "(?i)\\pL{1000}{50}"]
    {
        ends(&format!("x: \"aaa\" =~ \"{}\"", pattern.replace('\\', "\\\\")));
        ends(&format!("x: =~\"{}\"\nx: \"aaa\"", pattern.replace('\\', "\\\\")));
        ends(&format!(
            "import \"regexp\"\nx: regexp.FindAll(\"{}\", \"aaa\", -1)",
            pattern.replace('\\', "\\\\")
        ));
    }
}

#[test]
fn products_of_disjunctions_end() {
    let term = |i: usize| format!("({{a{i}: 1}} | {{a{i}: 2}} | {{b{i}: 3}})");
    let all: Vec<String> = (0..20).map(term).collect();
    ends(&format!("x: {}", all.join(" & ")));
    ends(&format!("#D: {}\nx: [#D, #D, #D] & [...#D]", "*1 | ".repeat(300) + "string"));
    ends(
        "#T: {k: \"a\", n?: #T} | {k: \"b\", n?: #T} | {k: \"c\", n?: #T}\nx: #T & {n: n: n: n: n: n: k: \"a\"}",
    );
}

#[test]
fn self_feeding_programs_end() {
    for src in [
        "a: [for x in a {x}]",
        "a: a.b\nb: a.a",
        "f: {x: int, y: (f & {x: x - 1}).y}\nz: (f & {x: 3}).y",
        "#A: {n: #A | null}\nx: #A & {n: n: n: {}}",
        "a: {for k, v in b {(k): v}}\nb: {for k, v in a {(k): v}}",
        "a: [for x in b {x}, 1]\nb: [for x in a {x}, 1]",
        "a: {x: 1} | {b: a}",
        "a: {if len(a) < 10 {\"\\(len(a))\": 1}}",
        "a: or([a, {b: a}])",
        "a: and([a, {b: a}])",
        "import \"list\"\na: list.Concat([a, [1]])",
        "import \"list\"\na: list.FlattenN([a], -1)",
        "import \"encoding/json\"\na: json.Marshal({b: a})",
        "a: matchN(1, [{b: a}])\na: {b: {}}",
        "#T: {v: int, l?: #T, r?: #T}\nx: #T & {v: 1, l: x}",
        "a: int\nb: \"\\(d)\"\nc: b & int\nd: {x?: b}",
        "X=a: {[string]: X}\na: b: c: {}",
        "a: {[_]: a} & {b: _}",
    ] {
        ends(src);
    }
    check(&[
        ("a: {b: a}", "structural-cycle a.b"),
        ("a: {x: a, y: 1}", "structural-cycle a.x"),
        ("a: [a]", "structural-cycle a.0"),
        ("a: b\nb: {c: a}", "structural-cycle b.c"),
        ("#A: {n: #A}\nx: #A", "structural-cycle #A.n"),
        ("a: a & {b: a}", "structural-cycle a.b"),
        ("x: y\ny: z\nz: x & {a: x}", "structural-cycle z.a"),
        ("a: {[string]: a}\na: b: {}", "structural-cycle a.b.b"),
        ("a: {for k, v in a {\"\\(k)x\": v}}\na: b: 1", "eval a"),
        ("a: \"\\(a)x\"", "cycle a"),
        ("let x = x\ny: x", "eval let[]"),
    ]);
}

#[test]
fn a_spent_budget_names_the_field() {
    check(&[
        ("q: r: \"x\" * 1000000000", "budget text q.r"),
        (
            "a: {b: [for x in l for y in l for z in l {x}]}\nl: [for i in c {i}]\nc: [for a in d for b in d {1}]\nd: [1,2,3,4,5,6,7,8,9,10]",
            "budget nodes a.b",
        ),
    ]);
    let chain: String = (0..9_000).map(|i| format!("a{i}: a{} + 1\n", i + 1)).collect();
    let got = first(&format!("{chain}a9000: 1"));
    assert!(got.starts_with("budget depth a"), "{got}");
}

#[test]
fn broken_texts_end() {
    for src in [
        "",
        "\0",
        "a: \"",
        "a: '''",
        "{",
        "]",
        "a: \\",
        "a: #\"\\#(",
        "\u{feff}a: 1",
        "a: \"\\(",
        "import",
        "package",
        "@",
        "a: 1 @x(",
        "...",
        "_",
        "__x: 1",
        "a: 0x",
        "a: 1e999999999999",
        "a: [0...]",
        "let",
        "if",
        "for x in",
        "a?b: 1",
        "\"a\\u{}\": 1",
    ] {
        ends(src);
    }
}
