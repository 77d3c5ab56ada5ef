//! What must not leave the machine: values of Secrets, and of fields that are named like one. For whatever
//! is written to be given away: recordings, archives.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

/// What stands in its place.
const MASK: &str = "***";

/// A name that says so, and the value after it.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    let names = "passw(?:or)?d|secret|token|api[-_]?key|authorization|credentials?|private[-_]?key";
    let pattern = format!(
        r#"(?i)((?:{names})[\w.-]*["']?\s*[:=]\s*["']?(?:bearer\s+|basic\s+)?)([^\s"',;}}]+)"#
    );
    Regex::new(&pattern).expect("the expression is a constant that a test reads")
});

/// Tokens and keys, however they are named.
static SHAPED: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*|-----BEGIN [A-Z ]*PRIVATE KEY-----.*";
    Regex::new(pattern).expect("the expression is a constant that a test reads")
});

/// A text without the values that it names.
#[must_use]
pub fn text(text: &str) -> String {
    let named = NAMED.replace_all(text, |found: &Captures<'_>| format!("{}{MASK}", &found[1]));
    SHAPED.replace_all(&named, MASK).into_owned()
}

/// An object: the values of a Secret are gone, those of fields that are named like one too.
pub fn object(value: &mut Value) {
    let secret = value["kind"] == "Secret";
    for field in ["data", "stringData"].into_iter().filter(|_| secret) {
        if let Some(values) = value.get_mut(field).and_then(Value::as_object_mut) {
            values.values_mut().for_each(|value| *value = MASK.into());
        }
    }
    strings(value);
}

/// Every string of a value, and of what is in it. Lines that stand in one list are one text: what follows
/// `kind: Secret` in it is one.
pub fn strings(value: &mut Value) {
    match value {
        Value::String(one) => *one = text(one),
        Value::Array(all) if all.iter().all(Value::is_string) => lines(all),
        Value::Array(all) => all.iter_mut().for_each(strings),
        Value::Object(fields) => {
            let secret = fields.get("kind").is_some_and(|kind| kind == "Secret");
            for (name, value) in fields {
                match value {
                    Value::Object(values)
                        if secret && matches!(name.as_str(), "data" | "stringData") =>
                    {
                        values.values_mut().for_each(|value| *value = MASK.into());
                    }
                    Value::String(_) if NAMED.is_match(&format!("{name}: x")) => {
                        *value = MASK.into();
                    }
                    value => strings(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn lines(all: &mut [Value]) {
    let (mut secret, mut below) = (false, None);
    for line in all {
        let Some(raw) = line.as_str().map(str::to_owned) else { continue };
        let bare = raw.trim_start_matches(['-', ' ']);
        let indent = raw.len() - bare.len();
        below = below.filter(|above| indent > *above);
        let masked = match (below, bare.split_once(": ")) {
            (Some(_), Some((name, _))) => format!("{}{name}: {MASK}", &raw[..indent]),
            (Some(_), None) => MASK.to_owned(),
            (None, _) => text(&raw),
        };
        if bare.starts_with("kind: ") {
            secret = bare == "kind: Secret";
        }
        if secret && below.is_none() && matches!(bare, "data:" | "stringData:") {
            below = Some(indent);
        }
        *line = masked.into();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_go_and_words_stay() {
        for (raw, masked) in [
            ("password: hunter2", "password: ***"),
            (r#"{"apiKey":"abc","size":3}"#, r#"{"apiKey":"***","size":3}"#),
            ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
            ("DB_PASSWORD=hunter2 next", "DB_PASSWORD=*** next"),
            ("a token was refused", "a token was refused"),
            ("secrets is forbidden", "secrets is forbidden"),
            ("saw eyJhbGciOiJSUzI1.eyJzdWIi.c2ln here", "saw *** here"),
        ] {
            assert_eq!(text(raw), masked);
        }
    }

    #[test]
    fn secrets_lose_their_values_wherever_they_stand() {
        let mut value = json!({"objects": [{"kind": "Secret", "metadata": {"name": "login"},
            "data": {"user": "YWxpY2U="}}], "password": "x", "kind": "List"});
        object(&mut value);
        let masked = json!({"objects": [{"kind": "Secret", "metadata": {"name": "login"},
            "data": {"user": "***"}}], "password": "***", "kind": "List"});
        assert_eq!(value, masked);
        let mut value = json!([
            "objects:",
            "- kind: Secret",
            "  data:",
            "    user: YWxpY2U=",
            "  metadata:",
            "    name: login",
            "- kind: ConfigMap",
            "  data:",
            "    level: debug"
        ]);
        strings(&mut value);
        assert_eq!(value[3], "    user: ***");
        assert_eq!((&value[5], &value[8]), (&json!("    name: login"), &json!("    level: debug")));
    }
}
