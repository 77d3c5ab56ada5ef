//! Calls of the standard packages with the reference's results: one a line in `packages.tsv`, an expression and the
//! JSON of its value (or `!` for an error of any kind).

use mizzen_cue::{Context, Validate};

/// Packages whose path is more than their name.
const PATHS: [(&str, &str); 15] = [
    ("base64", "encoding/base64"),
    ("bits", "math/bits"),
    ("csv", "encoding/csv"),
    ("ed25519", "crypto/ed25519"),
    ("hex", "encoding/hex"),
    ("hmac", "crypto/hmac"),
    ("json", "encoding/json"),
    ("md5", "crypto/md5"),
    ("sha1", "crypto/sha1"),
    ("sha256", "crypto/sha256"),
    ("sha512", "crypto/sha512"),
    ("tabwriter", "text/tabwriter"),
    ("template", "text/template"),
    ("toml", "encoding/toml"),
    ("yaml", "encoding/yaml"),
];
const PLAIN: [&str; 11] = [
    "html", "list", "math", "net", "path", "regexp", "strconv", "strings", "struct", "time", "uuid",
];

/// Whether a package is called in an expression, not merely named in a string of it.
fn uses(expr: &str, name: &str) -> bool {
    expr.match_indices(&format!("{name}.")).any(|(at, _)| {
        let before = expr[..at].chars().next_back();
        let after = expr[at + name.len() + 1..].chars().next();
        !before.is_some_and(|c| c.is_alphanumeric() || ".\"_".contains(c))
            && after.is_some_and(|c| c.is_ascii_uppercase() || c == 'n')
    })
}

fn program(expr: &str) -> String {
    let known = PATHS.iter().copied().chain(PLAIN.iter().map(|n| (*n, *n)));
    let imports = known.filter(|(name, _)| uses(expr, name));
    let imports: String = imports.map(|(_, path)| format!("import {path:?}\n")).collect();
    format!("{imports}x: {expr}")
}

fn outcome(expr: &str) -> String {
    let json = || {
        let value = Context::builder().build().eval_str(&program(expr))?;
        value.validate(Validate::default().concrete(true))?;
        value.lookup("x").to_data().map(|d| d.to_json_pretty("").replace('\n', ""))
    };
    json().unwrap_or_else(|_: mizzen_cue::Error| "!".to_owned())
}

#[test]
fn packages_agree_with_the_reference() {
    let rows = include_str!("packages.tsv").lines().filter_map(|l| l.split_once('\t'));
    let wrong: Vec<String> = rows
        .filter_map(|(expr, want)| {
            let got = outcome(expr);
            (got != want).then(|| format!("{expr}\n   got {got}\n  want {want}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
