//! JSON patch (RFC 6902) with the habits of the library Kubernetes uses: negative indices count
//! from the end, `test` of a missing path passes only for null.

use serde_json::Value;

use crate::status::Status;

/// The most operations one patch may hold.
const LIMIT: usize = 10_000;

/// One operation.
#[derive(Debug)]
pub(crate) struct Operation {
    op: Op,
    path: Vec<String>,
}

#[derive(Debug)]
enum Op {
    Add(Value),
    Remove,
    Replace(Value),
    Move(Vec<String>),
    Copy(Vec<String>),
    Test(Value),
}

/// Reads a patch document.
pub(crate) fn read(document: &Value) -> Result<Vec<Operation>, Status> {
    let Some(list) = document.as_array() else {
        return Err(super::wrong_form(document, "[]handlers.jsonPatchOp"));
    };
    if list.len() > LIMIT {
        return Err(Status::too_large(&format!(
            "The allowed maximum operations in a JSON patch is {LIMIT}, got {}",
            list.len()
        )));
    }
    list.iter().map(operation).collect()
}

fn operation(value: &Value) -> Result<Operation, Status> {
    let pointer = |key: &str| {
        let text = value.get(key).and_then(Value::as_str).ok_or_else(Status::rejected)?;
        parse(text)
    };
    let content = || value.get("value").cloned().unwrap_or_default();
    let op = match value.get("op").and_then(Value::as_str).unwrap_or_default() {
        "add" => Op::Add(content()),
        "remove" => Op::Remove,
        "replace" => Op::Replace(content()),
        "move" => Op::Move(pointer("from")?),
        "copy" => Op::Copy(pointer("from")?),
        "test" => Op::Test(content()),
        _ => return Err(Status::rejected()),
    };
    Ok(Operation { op, path: pointer("path")? })
}

fn parse(pointer: &str) -> Result<Vec<String>, Status> {
    if pointer.is_empty() {
        return Ok(Vec::new());
    }
    match pointer.strip_prefix('/') {
        Some(rest) => {
            Ok(rest.split('/').map(|p| p.replace("~1", "/").replace("~0", "~")).collect())
        }
        None => Err(Status::rejected()),
    }
}

/// Applies the operations in order.
pub(crate) fn apply(mut object: Value, operations: &[Operation]) -> Result<Value, Status> {
    for operation in operations {
        step(&mut object, operation).ok_or_else(Status::rejected)?;
    }
    Ok(object)
}

fn step(object: &mut Value, operation: &Operation) -> Option<()> {
    let path = operation.path.as_slice();
    match &operation.op {
        Op::Add(value) => add(object, path, value.clone()),
        Op::Remove => remove(object, path).map(drop),
        Op::Replace(value) => {
            *find_mut(object, path)? = value.clone();
            Some(())
        }
        Op::Move(from) => {
            let value = remove(object, from)?;
            add(object, path, value)
        }
        Op::Copy(from) => {
            let value = find_mut(object, from)?.clone();
            add(object, path, value)
        }
        Op::Test(expected) => {
            let found = find_mut(object, path).map_or(Value::Null, |v| v.clone());
            same(&found, expected).then_some(())
        }
    }
}

/// Equality of values, where numbers compare by value.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| same(v, w)))
        }
        (a, b) => a == b,
    }
}

fn find_mut<'a>(object: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(object, |value, part| match value {
        Value::Object(map) => map.get_mut(part),
        Value::Array(list) => {
            let at = index(part, list.len())?;
            list.get_mut(at)
        }
        _ => None,
    })
}

/// A position in a list; negative ones count from the end.
fn index(part: &str, len: usize) -> Option<usize> {
    let number: i64 = part.parse().ok()?;
    match usize::try_from(number) {
        Ok(at) => Some(at),
        Err(_) => len.checked_sub(usize::try_from(number.unsigned_abs()).ok()?),
    }
}

fn add(object: &mut Value, path: &[String], value: Value) -> Option<()> {
    let Some((last, parent)) = path.split_last() else {
        *object = value;
        return Some(());
    };
    match find_mut(object, parent)? {
        Value::Object(map) => drop(map.insert(last.clone(), value)),
        Value::Array(list) if last == "-" => list.push(value),
        Value::Array(list) => {
            let at = index(last, list.len() + usize::from(last.starts_with('-')))?;
            if at > list.len() {
                return None;
            }
            list.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(object: &mut Value, path: &[String]) -> Option<Value> {
    let (last, parent) = path.split_last()?;
    match find_mut(object, parent)? {
        Value::Object(map) => map.shift_remove(last),
        Value::Array(list) => {
            let at = index(last, list.len())?;
            (at < list.len()).then(|| list.remove(at))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(object: Value, patch: Value, expected: Option<Value>) {
        let result = read(&patch).and_then(|ops| apply(object, &ops)).ok();
        assert_eq!(result, expected, "{patch}");
    }

    #[test]
    fn operations() {
        let o = json!({"a": [1, 2, 3], "b": {"c/d": 1}});
        let one = |op: Value| json!([op]);
        check(
            o.clone(),
            one(json!({"op": "add", "path": "/a/-", "value": 4})),
            Some(json!({"a": [1, 2, 3, 4], "b": {"c/d": 1}})),
        );
        check(
            o.clone(),
            one(json!({"op": "replace", "path": "/a/-1", "value": 9})),
            Some(json!({"a": [1, 2, 9], "b": {"c/d": 1}})),
        );
        check(
            o.clone(),
            one(json!({"op": "remove", "path": "/b/c~1d"})),
            Some(json!({"a": [1, 2, 3], "b": {}})),
        );
        check(
            o.clone(),
            one(json!({"op": "move", "from": "/a/0", "path": "/x"})),
            Some(json!({"a": [2, 3], "b": {"c/d": 1}, "x": 1})),
        );
        check(o.clone(), one(json!({"op": "test", "path": "/a/0", "value": 1.0})), Some(o.clone()));
        check(o.clone(), one(json!({"op": "test", "path": "/z", "value": null})), Some(o.clone()));
        check(o.clone(), one(json!({"op": "test", "path": "/z", "value": 1})), None);
        check(o.clone(), one(json!({"op": "remove", "path": "/z"})), None);
        check(o.clone(), one(json!({"op": "replace", "path": "/z", "value": 1})), None);
        check(o.clone(), one(json!({"op": "add", "path": "/a/9", "value": 1})), None);
        check(o.clone(), one(json!({"op": "add", "path": "z", "value": 1})), None);
        check(o, json!({"op": "add"}), None);
    }
}
