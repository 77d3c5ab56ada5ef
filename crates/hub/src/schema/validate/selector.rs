//! Label selectors in objects: whether they are well formed, and what they select.

use serde_json::Value;

use super::{Findings, items, metadata, text};

/// A selector without any requirement.
pub(super) fn is_empty(selector: &Value) -> bool {
    let labels = selector["matchLabels"].as_object().is_none_or(|l| l.is_empty());
    labels && items(selector, "matchExpressions").is_empty()
}

/// Whether labels meet a selector; a missing selector selects nothing.
pub fn matches(selector: &Value, labels: &Value) -> bool {
    selector.is_object()
        && selector["matchLabels"].as_object().into_iter().flatten().all(|(k, v)| labels[k] == *v)
        && items(selector, "matchExpressions").iter().all(|e| expression(e, labels))
}

fn expression(expression: &Value, labels: &Value) -> bool {
    let value = &labels[text(expression, "key")];
    let listed = items(expression, "values").contains(value);
    match text(expression, "operator") {
        "In" => value.is_string() && listed,
        "NotIn" => !listed,
        "Exists" => value.is_string(),
        "DoesNotExist" => !value.is_string(),
        _ => false,
    }
}

/// The form of a selector.
pub(super) fn check(selector: &Value, path: &str, found: &mut Findings) {
    metadata::labels(&selector["matchLabels"], &format!("{path}.matchLabels"), found);
    for (index, expression) in items(selector, "matchExpressions").iter().enumerate() {
        let at = format!("{path}.matchExpressions[{index}]");
        let values = items(expression, "values");
        match text(expression, "operator") {
            "In" | "NotIn" if values.is_empty() => {
                let detail = "must be specified when `operator` is 'In' or 'NotIn'";
                found.required(format!("{at}.values"), detail);
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                found.forbidden(format!("{at}.values"), detail);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            _ => {
                let detail = "not a valid selector operator";
                found.invalid(format!("{at}.operator"), &expression["operator"], detail);
            }
        }
        for message in metadata::qualified_name(text(expression, "key")) {
            found.invalid(format!("{at}.key"), &expression["key"], &message);
        }
    }
}
