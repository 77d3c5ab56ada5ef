//! The parser from outside: bad texts give errors and never a panic, deep ones never exhaust the
//! stack, comments hang where the formatter and the patch merge look for them.

use mizzen_cue::syntax::ast::{Decl, Expr};
use mizzen_cue::syntax::{Mode, SourceId, parse_expr, parse_file};

#[test]
fn bad_texts_are_errors() {
    for text in [
        "a: ",
        "a: [",
        "a: {",
        "a: (1",
        "a: \"\\(1\"",
        "a: 1 2",
        "}",
        "a: }",
        "a: b: ",
        "let x",
        "let x = ",
        "for x",
        "import",
        "import (",
        "package",
        "a: 1 +",
        "a: *",
        "[]: 1",
        "[a, b]: 1",
        "a: f(",
        "a: x.",
        "a: x[",
        "a: x[1:",
        "__a: 1",
        "x = 1",
        "a: '\\",
        "a: #\"x\"",
        "\u{0}",
        "a: [...,1]",
        "a: \"\"\"x\"\"\"",
        "a??: 1",
        ",",
        ":",
        "a: 1,,b: 2",
    ] {
        let parsed = parse_file(SourceId::default(), text, Mode::All);
        assert!(!parsed.errors.is_empty(), "{text:?} was accepted");
    }
}

#[test]
fn deep_texts_end() {
    let many = |piece: &str| piece.repeat(100_000);
    for text in [
        format!("a: {}", many("[")),
        format!("a: {}", many("{a:")),
        format!("a: {}", many("(")),
        format!("a: {}", many("-")),
        format!("a: {}1", many("1+")),
        format!("a: x{}", many(".x")),
        format!("a: x{}", many("(x")),
        many("a:"),
        format!("a: {}", many("\"\\(")),
        many("for x in y {"),
    ] {
        let parsed = parse_file(SourceId::default(), &text, Mode::All);
        assert!(!parsed.errors.is_empty(), "{} was accepted", &text[..20]);
    }
}

#[test]
fn labels_of_every_form() {
    for text in [
        "a: 1",
        "a?: 1",
        "a!: 1",
        "\"a\": 1",
        "\"a\\(b)\": 1",
        "(a): 1",
        "[string]: 1",
        "[X=string]: X",
        "X=a: 1",
        "X=\"a\": 1",
        "X=[string]: 1",
        "X=(a): 1",
        "#A: 1",
        "_a: 1",
        "_#a: 1",
        "if: 1",
        "for: 1",
        "let: 1",
        "in: 1",
        "null: 1",
        "true: 1",
        "a: b: c: 1",
        "a: X={b: X.c, c: 1}",
        "a: 1 @x(y)",
        "@x(y)",
        "...",
        "{a: 1}",
        "if a {b: 1}",
        "for k, v in a {\"\\(k)\": v}",
        "for v in a if v > 1 let w = v {b: w}",
        "let x = 1",
        "package: 1",
        "import: 1",
        "a: [for x in y {x}, ...int]",
        "a: [1, 2,]",
        "a: >=1 & <=2",
        "a: 5 div 2",
        "div: 1",
        "a: x[1:2]",
        "a: x[\"y\"].z(1, 2)",
        "a: *1 | int",
        "a: _|_",
        "a: \"\"\"\n\tx\n\t\\(b)\n\t\"\"\"",
        "a: #\"\\#(b)\"#",
        "a: '\\xff'",
        "a!: b?: 1",
    ] {
        let parsed = parse_file(SourceId::default(), text, Mode::All);
        assert!(parsed.errors.is_empty(), "{text:?}: {:?}", parsed.errors);
    }
}

#[test]
fn comments_hang_on_their_field() {
    let text = "// +usage=what\n// +patchKey=name\na: [...{}] // trailing\n\n// b's\nb: 1\n";
    let parsed = parse_file(SourceId::default(), text, Mode::All);
    let told: Vec<Vec<(bool, bool, String)>> = parsed
        .tree
        .decls
        .iter()
        .map(|decl| {
            let groups = decl.comments().expect("a field has comments").groups().iter();
            let text = |g: &mizzen_cue::syntax::ast::CommentGroup| {
                g.list.iter().map(|c| c.text.as_str()).collect::<Vec<_>>().join("|")
            };
            groups.map(|g| (g.doc, g.line, text(g))).collect()
        })
        .collect();
    assert_eq!(
        told,
        [
            vec![
                (true, false, "// +usage=what|// +patchKey=name".to_owned()),
                (false, true, "// trailing".to_owned())
            ],
            vec![(true, false, "// b's".to_owned())],
        ]
    );
}

#[test]
fn comments_keep_their_places() {
    use mizzen_cue::syntax::Style;
    for text in [
        "a: {\n\t// first\n\n\tx: 1\n}\n",
        "a: [\n\t// only\n]\n",
        "a?: 1\n\nlet b = a // of b\nc: b\n",
        "a: {\n\tif b {c: 1} // of the comprehension\n\td: 1\n}\n",
    ] {
        let parsed = parse_file(SourceId::default(), text, Mode::All);
        assert_eq!(Style::default().file(&parsed.tree), text);
    }
}

#[test]
fn expressions_stand_alone() {
    let parsed = parse_expr(SourceId::default(), "status.a.phase == \"x\" && b", Mode::All);
    assert!(parsed.errors.is_empty());
    assert!(matches!(parsed.tree, Expr::Binary(_)));
    assert!(!parse_expr(SourceId::default(), "a b", Mode::All).errors.is_empty());
    let parsed = parse_file(SourceId::default(), "import \"a/b\"\na: b.c", Mode::NoComments);
    assert!(matches!(parsed.tree.decls.first(), Some(Decl::Import(_))));
}
