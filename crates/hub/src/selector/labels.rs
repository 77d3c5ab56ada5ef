//! Label selectors in their text form (`a=b,c in (d,e),!f`) and in their object form.

use serde_json::{Map, Value};

use crate::schema::{label_value, qualified_name};

/// One requirement of a selector.
#[derive(Clone, Debug, PartialEq)]
enum Requirement {
    Exists(String),
    Absent(String),
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Greater(String, i64),
    Less(String, i64),
}

/// A conjunction of requirements on labels; without any it matches everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LabelSelector(Vec<Requirement>);

impl LabelSelector {
    /// Reads the text form; the error is the sentence for the client.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { rest: text };
        let mut requirements = Vec::new();
        parser.space();
        while !parser.rest.is_empty() {
            requirements.push(parser.requirement().map_err(|why| unreadable(&why))?);
            parser.space();
            if parser.rest.is_empty() {
                break;
            }
            if !parser.eat(",") {
                let why = format!("found '{}', expected: ',' or 'end of string'", parser.word());
                return Err(unreadable(&why));
            }
            parser.space();
        }
        Ok(Self(requirements))
    }

    /// Reads a `metav1.LabelSelector` object; `None` when it is malformed.
    pub(crate) fn from_object(value: &Value) -> Option<Self> {
        let mut requirements = Vec::new();
        for (key, v) in value.get("matchLabels").and_then(Value::as_object).into_iter().flatten() {
            requirements.push(Requirement::In(key.clone(), vec![v.as_str()?.to_owned()]));
        }
        for e in value.get("matchExpressions").and_then(Value::as_array).into_iter().flatten() {
            requirements.push(expression(e)?);
        }
        Some(Self(requirements))
    }

    /// Whether nothing is required.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the labels of an object satisfy every requirement.
    pub(crate) fn matches(&self, object: &Value) -> bool {
        let labels =
            object.get("metadata").and_then(|m| m.get("labels")).and_then(Value::as_object);
        self.0.iter().all(|requirement| requirement.holds(labels))
    }
}

impl Requirement {
    fn holds(&self, labels: Option<&Map<String, Value>>) -> bool {
        let get = |key: &str| labels.and_then(|l| l.get(key)).and_then(Value::as_str);
        let number = |key: &str| get(key).and_then(|v| v.parse::<i64>().ok());
        match self {
            Self::Exists(key) => get(key).is_some(),
            Self::Absent(key) => get(key).is_none(),
            Self::In(key, values) => get(key).is_some_and(|v| values.iter().any(|w| w == v)),
            Self::NotIn(key, values) => get(key).is_none_or(|v| values.iter().all(|w| w != v)),
            Self::Greater(key, than) => number(key).is_some_and(|v| v > *than),
            Self::Less(key, than) => number(key).is_some_and(|v| v < *than),
        }
    }
}

fn expression(e: &Value) -> Option<Requirement> {
    let key = e.get("key")?.as_str()?.to_owned();
    let list = e.get("values").and_then(Value::as_array);
    let values =
        || list.into_iter().flatten().filter_map(|v| Some(v.as_str()?.to_owned())).collect();
    match e.get("operator")?.as_str()? {
        "In" => Some(Requirement::In(key, values())),
        "NotIn" => Some(Requirement::NotIn(key, values())),
        "Exists" => Some(Requirement::Exists(key)),
        "DoesNotExist" => Some(Requirement::Absent(key)),
        _ => None,
    }
}

/// The text form of a selector object, as the status of a scale shows it.
pub(crate) fn label_text(selector: &Value) -> String {
    let mut parts: Vec<String> = Vec::new();
    let flat = selector.get("matchLabels").is_none() && selector.get("matchExpressions").is_none();
    let labels = if flat { Some(selector) } else { selector.get("matchLabels") };
    for (key, value) in labels.and_then(Value::as_object).into_iter().flatten() {
        parts.push(format!("{key}={}", value.as_str().unwrap_or_default()));
    }
    let list = selector.get("matchExpressions").and_then(Value::as_array);
    parts.extend(list.into_iter().flatten().filter_map(expression).map(|r| r.to_string()));
    parts.sort();
    parts.join(",")
}

impl std::fmt::Display for Requirement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exists(key) => write!(f, "{key}"),
            Self::Absent(key) => write!(f, "!{key}"),
            Self::In(key, values) => write!(f, "{key} in ({})", values.join(",")),
            Self::NotIn(key, values) => write!(f, "{key} notin ({})", values.join(",")),
            Self::Greater(key, than) => write!(f, "{key}>{than}"),
            Self::Less(key, than) => write!(f, "{key}<{than}"),
        }
    }
}

fn unreadable(why: &str) -> String {
    format!("unable to parse requirement: {why}")
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &'a str {
        self.space();
        let end = self.rest.find(|c: char| " \t\n,=!()<>".contains(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        if self.eat("!") {
            return Ok(Requirement::Absent(self.key()?));
        }
        let key = self.key()?;
        self.space();
        if self.rest.is_empty() || self.rest.starts_with(',') {
            return Ok(Requirement::Exists(key));
        }
        self.operator(key)
    }

    fn operator(&mut self, key: String) -> Result<Requirement, String> {
        if self.eat("==") || self.eat("=") {
            return Ok(Requirement::In(key, vec![self.value()?]));
        }
        if self.eat("!=") {
            return Ok(Requirement::NotIn(key, vec![self.value()?]));
        }
        if self.eat(">") {
            return Ok(Requirement::Greater(key, self.number()?));
        }
        if self.eat("<") {
            return Ok(Requirement::Less(key, self.number()?));
        }
        match self.word() {
            "in" => Ok(Requirement::In(key, self.values()?)),
            "notin" => Ok(Requirement::NotIn(key, self.values()?)),
            other => Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt")),
        }
    }

    fn key(&mut self) -> Result<String, String> {
        let key = self.word();
        good(key, "<nil>", &qualified_name(key))
    }

    fn value(&mut self) -> Result<String, String> {
        let value = self.word();
        good(value, "values[0][]", &label_value(value))
    }

    fn number(&mut self) -> Result<i64, String> {
        let word = self.word();
        word.parse()
            .map_err(|_| format!("values[0][]: Invalid value: {word:?}: must be an integer"))
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        self.space();
        if !self.eat("(") {
            return Err(format!("found '{}' expected: '('", self.word()));
        }
        let mut values = Vec::new();
        loop {
            values.push(self.value()?);
            self.space();
            if self.eat(")") {
                return Ok(values);
            }
            if !self.eat(",") {
                return Err(format!("found '{}', expected: ',' or ')'", self.word()));
            }
        }
    }
}

/// A word of a selector, unless something is wrong with it.
fn good(word: &str, place: &str, wrong: &[String]) -> Result<String, String> {
    if wrong.is_empty() {
        return Ok(word.to_owned());
    }
    Err(format!("{place}: Invalid value: {word:?}: {}", wrong.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(selector: &str, labels: Value, expected: bool) {
        let object = json!({"metadata": {"labels": labels}});
        let parsed = LabelSelector::parse(selector).unwrap();
        assert_eq!(parsed.matches(&object), expected, "{selector} on {object}");
    }

    #[test]
    fn meaning() {
        check("", json!({}), true);
        check("a", json!({"a": ""}), true);
        check("!a", json!({}), true);
        check("a=1", json!({"a": "1"}), true);
        check("a==1,b=2", json!({"a": "1"}), false);
        check("a!=1", json!({}), true);
        check("a notin (1, 2)", json!({"a": "3"}), true);
        check("a notin (1)", json!({}), true);
        check("a in (1,2)", json!({"a": "2"}), true);
        check("a in (1)", json!({}), false);
        check("n>5", json!({"n": "6"}), true);
        check("n<5", json!({"n": "6"}), false);
        check("a=", json!({"a": ""}), true);
        check("x.io/a = b", json!({"x.io/a": "b"}), true);
    }

    #[test]
    fn malformed_selectors_are_refused() {
        for text in ["a in", "a in (b", "=b", "a b", "a=b c", "a=-", "x in ()x", "n>x", "a,,b"] {
            assert!(LabelSelector::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn object_form() {
        let selector = json!({"matchLabels": {"a": "1"}, "matchExpressions":
            [{"key": "b", "operator": "Exists"}, {"key": "c", "operator": "NotIn", "values": ["x"]}]});
        let parsed = LabelSelector::from_object(&selector).unwrap();
        assert!(parsed.matches(&json!({"metadata": {"labels": {"a": "1", "b": "2"}}})));
        assert!(!parsed.matches(&json!({"metadata": {"labels": {"a": "1"}}})));
    }
}
