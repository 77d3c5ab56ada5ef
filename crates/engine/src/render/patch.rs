//! `patch` and `patchOutputs`: how a trait changes what was rendered before it.
//!
//! Three modes, chosen by the markers on the `patch` field itself: RFC 7396 and RFC 6902 on JSON, and
//! otherwise the strategic merge, which rewrites syntax by the markers inside and then unifies.
//! Invariant: the strategic mode only ever unifies, so a conflict is an error and nothing is lost
//! silently.

mod marker;
mod strategic;
#[cfg(test)]
mod tests;

use json_patch::{AddOperation, PatchOperation, ReplaceOperation};
use mizzen_cue::{Context, Value};

use self::marker::PATCH_STRATEGY;
use super::failure::Failure;

/// Merges `patch` into `base` by the mode that the patch's own markers choose.
pub(crate) fn merge(context: &Context, base: &Value, patch: &Value) -> Result<Value, Failure> {
    let docs = patch.docs();
    let markers = marker::from_lines(docs.iter().flat_map(|text| text.lines()));
    match markers.get(PATCH_STRATEGY).map(String::as_str) {
        Some("jsonMergePatch") => json_merge(context, base, patch),
        Some("jsonPatch") => json_patch(context, base, patch),
        _ => unify(context, base, patch),
    }
}

/// The strategic merge, whatever the markers on `patch` itself say.
pub(crate) fn unify(context: &Context, base: &Value, patch: &Value) -> Result<Value, Failure> {
    let mut base = base.syntax().map_err(Failure::from)?;
    let mut patch = patch.syntax().map_err(Failure::from)?;
    strategic::open_lists(&mut base);
    strategic::rewrite(&mut base, &mut patch);
    let merged = context.unify_syntax(base, patch).map_err(Failure::from)?;
    merged.validate_all().map_err(Failure::from)?;
    Ok(merged)
}

fn json_merge(context: &Context, base: &Value, patch: &Value) -> Result<Value, Failure> {
    let mut merged = base.to_serde().map_err(Failure::from)?;
    let patch = patch.to_serde().map_err(Failure::from)?;
    json_patch::merge(&mut merged, &patch);
    reopened(context, &merged)
}

fn json_patch(context: &Context, base: &Value, patch: &Value) -> Result<Value, Failure> {
    let mut merged = base.to_serde().map_err(Failure::from)?;
    let operations = patch.lookup("operations").to_serde().map_err(Failure::from)?;
    let operations: Vec<PatchOperation> =
        serde_json::from_value(operations).map_err(|e| Failure::operation(&e.to_string()))?;
    for operation in operations {
        let operation = as_reference(operation, &merged);
        json_patch::patch(&mut merged, &[operation])
            .map_err(|e| Failure::operation(&e.to_string()))?;
    }
    reopened(context, &merged)
}

/// The reference replaces a field that is not there by adding it, where the standard refuses.
fn as_reference(operation: PatchOperation, document: &serde_json::Value) -> PatchOperation {
    match operation {
        PatchOperation::Replace(ReplaceOperation { path, value })
            if document.pointer(path.as_str()).is_none() =>
        {
            PatchOperation::Add(AddOperation { path, value })
        }
        other => other,
    }
}

/// A JSON result as a value that later patches may add to.
fn reopened(context: &Context, merged: &serde_json::Value) -> Result<Value, Failure> {
    context.data(merged).map_err(Failure::from)
}
