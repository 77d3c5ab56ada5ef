//! Values that are filled in later are judged as if they stood in the text.

use mizzen_cue::{Context, Path, Validate};

fn check(src: &str, path: &str, json: &str, at: &str, want: &str) {
    let value = Context::builder().build().eval_str(src).expect("the program compiles");
    let path = Path::parse(path).expect("a path");
    let data: serde_json::Value = serde_json::from_str(json).expect("JSON");
    let filled = value.fill_path(&path, &data);
    let got = match filled.validate(Validate::default()) {
        Err(e) => e.to_string(),
        Ok(()) => {
            let at = Path::parse(at).expect("a path");
            filled.lookup_path(&at).to_json().unwrap_or_else(|e| e.to_string())
        }
    };
    assert_eq!(got, want, "{src}");
}

#[test]
fn list_below_a_definition() {
    let src = "#L: {value?: {...}, ...}
#A: {value: {...}, ...}
#S: {...}
#Apply: {load: #L, comps: #S & {for n, c in load.value {\"\\(n)\": #A & {value: c}}}}
#Apply";
    let data = r#"{"web":{"objects":[{"kind":"Pod"}]}}"#;
    let want = r#"{"web":{"value":{"objects":[{"kind":"Pod"}]}}}"#;
    check(src, "load.value", data, "comps", want);
    let src = "#L: {#do: \"l\", value?: {...}, ...}
#A: {#do: \"a\", value: {...}, ...}
#S: {...}
#Apply: #S & {load: #L, comps: #S & {for n, c in load.value {\"\\(n)\": #A & {value: c}}}}
output: #Apply & {}";
    let data = r#"{"value":{"web":{"objects":[{"kind":"Pod"}]}}}"#;
    check(src, "output.load", data, "output.comps", want);
}

#[test]
fn lists_of_data_are_held_to_definitions() {
    let src = "#D: {l: [...{a: int}]}\nx: #D";
    check(src, "x.l", r#"[{"a":1}]"#, "x", r#"{"l":[{"a":1}]}"#);
    check(src, "x.l", r#"[{"a":1,"b":2}]"#, "x", "x.l.0.b: field not allowed");
}
