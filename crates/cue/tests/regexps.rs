//! Patterns: what matches, and what is refused (None), as the reference has it.

use mizzen_cue::{Context, Fields};

#[test]
fn patterns_mean_what_they_mean_in_the_reference() {
    let table = [
        ("^\\d+$", "12٣", Some(false)),
        ("^\\d+$", "123", Some(true)),
        ("^\\w+$", "é", Some(false)),
        ("^[\\w-]+$", "a-b_1", Some(true)),
        ("^\\W$", "é", Some(true)),
        ("\\bé", "aé", Some(true)),
        ("a{,2}", "a{,2}", Some(true)),
        ("^{$", "{", Some(true)),
        ("^\\Q.*\\E$", ".*", Some(true)),
        ("^[[a]+$", "[a", Some(true)),
        ("[a&&b]", "&", Some(true)),
        ("\\<b\\>", "<b>", Some(true)),
        ("^\\_\\-\\ $", "_- ", Some(true)),
        ("^\\101\\x42\\x{43}$", "ABC", Some(true)),
        ("\\p{^L}", "1", Some(true)),
        ("\\p{^L}", "a", Some(false)),
        ("[]a]", "]", Some(true)),
        ("[^]a]", "b", Some(true)),
        ("a{1001}", "a", None),
        ("a**", "a", None),
        ("(?x)a", "a", None),
        ("\\Z", "a", None),
        ("\\e", "a", None),
        ("[z-a]", "b", None),
        ("(?P<n>a)", "a", Some(true)),
        ("(?<n>a)", "a", Some(true)),
        ("(?U)a+", "a", Some(true)),
        ("^[\\d\\s]+$", "1 2", Some(true)),
        ("^[^\\D]$", "5", Some(true)),
        ("\\B", "é", Some(true)),
        ("}]", "}]", Some(true)),
        ("a--", "a--", Some(true)),
        ("[!--]", "-", Some(true)),
        ("a{2}{3}", "aaaaaa", None),
        ("(?=a)", "a", None),
        ("x*", "", Some(true)),
    ];
    let quote = |s: &str| serde_json::to_string(s).expect("a string is JSON");
    let mut wrong = Vec::new();
    for (pattern, text, want) in table {
        let (p, t) = (quote(pattern), quote(text));
        let src = format!("import \"regexp\"\na: regexp.Match({p}, {t})\nb: {t} =~ {p}\n");
        let value = Context::default().eval_str(&src).expect("the program compiles");
        for field in value.fields(Fields::regular()) {
            let got = field.value.to_serde().ok().and_then(|v| v.as_bool());
            if got != want {
                wrong.push(format!("{pattern} on {text:?}: {got:?}, not {want:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
