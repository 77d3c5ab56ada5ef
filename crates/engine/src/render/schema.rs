//! The parameters of a template as an OpenAPI v3 schema, for forms and help.
//!
//! Read from the text itself, because only there the usage comments stand beside optional fields.
//! What a schema cannot say (comprehensions, calls) leaves the value open. Source: `pkg/utils/common`
//! and `pkg/schema` of kubevela.

use mizzen_cue::syntax::ast::{
    BasicLit, BinaryOp, Comments, Constraint, Decl, Expr, Field, File, Label, LitKind, UnaryOp,
};
use serde_json::{Map, Value, json};

use super::compile::Compiler;

/// Deepest nesting that is described; definitions may refer to themselves.
const MOST_DEPTH: usize = 16;

/// The schema of a template's `parameter`; an empty object for a template that takes none.
///
/// # Errors
/// A sentence when the text does not parse.
pub(crate) fn of_template(compiler: &Compiler, template: &str) -> Result<Value, String> {
    let file = compiler.parse_plainly(template)?;
    let scope = Scope { compiler, file: &file };
    let parameter = scope.top("parameter").map(|value| scope.schema(value, 0));
    let mut schema = parameter.unwrap_or_else(|| json!({}));
    if schema["type"].is_null() && schema["oneOf"].is_null() {
        schema["type"] = json!("object");
    }
    Ok(schema)
}

/// The file that names are looked up in.
struct Scope<'a> {
    compiler: &'a Compiler,
    file: &'a File,
}

impl Scope<'_> {
    fn top(&self, name: &str) -> Option<&Expr> {
        self.file.decls.iter().find_map(|decl| match decl {
            Decl::Field(field) if label(&field.label).as_deref() == Some(name) => {
                Some(&field.value)
            }
            _ => None,
        })
    }

    fn schema(&self, expr: &Expr, depth: usize) -> Value {
        if depth > MOST_DEPTH {
            return json!({});
        }
        match expr.unparen() {
            Expr::Ident(ident) => self.named(&ident.name, depth),
            Expr::Lit(lit) => self.constant(lit),
            Expr::Struct(fields) => self.object(&fields.elts, depth),
            Expr::List(list) => {
                let item = list.elts.iter().find_map(|element| match element {
                    Expr::Ellipsis(rest) => rest.typ.as_ref(),
                    other => Some(other),
                });
                let items = item.map_or_else(|| json!({}), |item| self.schema(item, depth + 1));
                json!({"type": "array", "items": items})
            }
            Expr::Binary(binary) if binary.op == BinaryOp::Or => self.choice(expr, depth),
            Expr::Binary(binary) if binary.op == BinaryOp::And => {
                merged(self.schema(&binary.x, depth + 1), self.schema(&binary.y, depth + 1))
            }
            Expr::Unary(unary) => self.bound(unary.op, &unary.x, depth),
            _ => json!({}),
        }
    }

    fn named(&self, name: &str, depth: usize) -> Value {
        match name {
            "string" => json!({"type": "string"}),
            "bytes" => json!({"type": "string", "format": "binary"}),
            "bool" => json!({"type": "boolean"}),
            "number" | "float" | "float32" | "float64" => json!({"type": "number"}),
            "int" | "int8" | "int16" | "int32" | "int64" | "int128" | "rune" => {
                json!({"type": "integer"})
            }
            "uint" | "uint8" | "uint16" | "uint32" | "uint64" | "uint128" => {
                json!({"type": "integer", "minimum": 0})
            }
            "null" => json!({"nullable": true}),
            name => self.top(name).map_or_else(|| json!({}), |value| self.schema(value, depth + 1)),
        }
    }

    fn constant(&self, lit: &BasicLit) -> Value {
        let Some(value) = self.value(lit) else { return json!({}) };
        match &value {
            Value::Null => json!({"nullable": true}),
            Value::Bool(_) => json!({"type": "boolean", "enum": [value]}),
            Value::Number(number) if number.is_f64() => json!({"type": "number", "enum": [value]}),
            Value::Number(_) => json!({"type": "integer", "enum": [value]}),
            _ => json!({"type": "string", "enum": [value]}),
        }
    }

    fn value(&self, lit: &BasicLit) -> Option<Value> {
        match lit.kind {
            LitKind::Null => Some(Value::Null),
            LitKind::True => Some(json!(true)),
            LitKind::False => Some(json!(false)),
            _ => serde_json::from_str(&lit.text).ok().or_else(|| {
                let text = format!("value: {}", lit.text);
                self.compiler.constants(&text).ok().map(|all| all["value"].clone())
            }),
        }
    }

    /// A disjunction: constants are an enumeration, structs alternatives; the marked one is the default.
    fn choice(&self, expr: &Expr, depth: usize) -> Value {
        let mut arms = Vec::new();
        flatten(expr, &mut arms);
        let (mut all, mut default, mut values, mut nullable) =
            (Vec::new(), None, Vec::new(), false);
        for arm in arms {
            let marked = match arm {
                Expr::Unary(unary) if unary.op == UnaryOp::Default => Some(&unary.x),
                _ => None,
            };
            let schema = self.schema(marked.unwrap_or(arm), depth + 1);
            nullable |= schema["nullable"] == true && schema["type"].is_null();
            let constant = schema["enum"].as_array().and_then(|list| list.first()).cloned();
            if marked.is_some() {
                default = constant.clone();
            }
            match constant {
                Some(value) => values.push((schema["type"].clone(), value)),
                None if schema["nullable"] == true && schema["type"].is_null() => {}
                None => all.push(schema),
            }
        }
        let mut schema = match all.len() {
            0 => enumeration(&values),
            1 => all.remove(0),
            _ => alternatives(all),
        };
        if let Some(default) = default {
            schema["default"] = default;
        }
        if nullable {
            schema["nullable"] = json!(true);
        }
        schema
    }

    fn bound(&self, op: UnaryOp, x: &Expr, depth: usize) -> Value {
        let limit = || match x.unparen() {
            Expr::Lit(lit) => self.value(lit).unwrap_or_default(),
            _ => Value::Null,
        };
        match op {
            UnaryOp::Default => self.schema(x, depth + 1),
            UnaryOp::Ge => json!({"type": "number", "minimum": limit()}),
            UnaryOp::Gt => json!({"type": "number", "minimum": limit(), "exclusiveMinimum": true}),
            UnaryOp::Le => json!({"type": "number", "maximum": limit()}),
            UnaryOp::Lt => json!({"type": "number", "maximum": limit(), "exclusiveMaximum": true}),
            UnaryOp::Match => json!({"type": "string", "pattern": limit()}),
            _ => json!({}),
        }
    }

    fn object(&self, decls: &[Decl], depth: usize) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        let mut schema = json!({"type": "object"});
        for decl in decls {
            match decl {
                Decl::Field(field) => match label(&field.label) {
                    Some(name) => {
                        let property = self.property(&name, field, depth);
                        let given = field.constraint == Constraint::Optional;
                        if !given && property["default"].is_null() {
                            required.push(json!(name));
                        }
                        properties.insert(name, property);
                    }
                    None if matches!(field.label, Label::List(_)) => {
                        schema["additionalProperties"] = self.schema(&field.value, depth + 1);
                    }
                    None => {}
                },
                Decl::Embed(embedded) => {
                    schema = merged(schema, self.schema(&embedded.expr, depth + 1));
                }
                _ => {}
            }
        }
        if !properties.is_empty() {
            schema = merged(schema, json!({ "properties": properties }));
        }
        if !required.is_empty() {
            schema = merged(schema, json!({ "required": required }));
        }
        schema
    }

    fn property(&self, name: &str, field: &Field, depth: usize) -> Value {
        let mut schema = self.schema(&field.value, depth + 1);
        schema["title"] = json!(name);
        if let Some(text) = usage(&field.comments) {
            schema["description"] = json!(text);
        }
        schema
    }
}

fn label(label: &Label) -> Option<String> {
    match label {
        Label::Ident(ident) => Some(ident.name.to_string()),
        Label::Lit(lit) => serde_json::from_str(&lit.text).ok(),
        _ => None,
    }
}

fn flatten<'a>(expr: &'a Expr, arms: &mut Vec<&'a Expr>) {
    match expr.unparen() {
        Expr::Binary(binary) if binary.op == BinaryOp::Or => {
            flatten(&binary.x, arms);
            flatten(&binary.y, arms);
        }
        other => arms.push(other),
    }
}

fn enumeration(values: &[(Value, Value)]) -> Value {
    let Some((sort, _)) = values.first() else { return json!({}) };
    let all: Vec<&Value> = values.iter().map(|(_, value)| value).collect();
    json!({"type": sort, "enum": all})
}

/// Schemas of one type are alternatives of that type.
fn alternatives(all: Vec<Value>) -> Value {
    let sort = all[0]["type"].clone();
    let same = !sort.is_null() && all.iter().all(|schema| schema["type"] == sort);
    if same { json!({"type": sort, "oneOf": all}) } else { json!({ "oneOf": all }) }
}

/// Both hold: fields of the second join the first.
fn merged(mut first: Value, second: Value) -> Value {
    let (Some(into), Value::Object(from)) = (first.as_object_mut(), second) else { return first };
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
            (Some(Value::Array(known)), Value::Array(more)) => known.extend(more),
            // `int & >0` is an integer.
            (Some(known), _) if key == "type" && *known == "integer" => {}
            (_, value) => drop(into.insert(key, value)),
        }
    }
    first
}

/// The usage comment, or what else stands above the field.
fn usage(comments: &Comments) -> Option<String> {
    let lines = comments.groups().iter().filter(|group| group.doc).flat_map(|group| &group.list);
    let texts: Vec<&str> = lines.map(|line| line.text.trim_start_matches('/').trim()).collect();
    if let Some(usage) = texts.iter().find_map(|text| text.strip_prefix("+usage=")) {
        return Some(usage.to_owned());
    }
    let plain: Vec<&str> = texts.into_iter().filter(|text| !text.starts_with('+')).collect();
    (!plain.is_empty()).then(|| plain.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(parameter: &str, expected: Value) {
        let compiler = Compiler::new().unwrap();
        let text = format!("output: {{}}\nparameter: {{\n{parameter}\n}}\n#Port: {{port: int}}");
        assert_eq!(of_template(&compiler, &text).unwrap(), expected, "{parameter}");
    }

    fn object(name: &str, mut schema: Value, required: bool) -> Value {
        schema["title"] = json!(name);
        let mut all = json!({"type": "object", "properties": {name: schema}});
        if required {
            all["required"] = json!([name]);
        }
        all
    }

    #[test]
    fn parameters_are_described() {
        check("a: string", object("a", json!({"type": "string"}), true));
        check("a?: int", object("a", json!({"type": "integer"}), false));
        check("a: *1 | int", object("a", json!({"type": "integer", "default": 1}), false));
        let documented = json!({"type": "boolean", "description": "Whether"});
        check("// +usage=Whether\na: bool", object("a", documented, true));
        let words = json!({"type": "string", "enum": ["TCP", "UDP"], "default": "TCP"});
        check("a: *\"TCP\" | \"UDP\"", object("a", words, false));
        let port = json!({"type": "object", "required": ["port"],
            "properties": {"port": {"type": "integer", "title": "port"}}});
        check("a: [...#Port]", object("a", json!({"type": "array", "items": port}), true));
        let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
        check("a: [string]: string", object("a", map, true));
        check("a: int & >=1", object("a", json!({"type": "integer", "minimum": 1}), true));
        check("", json!({"type": "object"}));
    }

    #[test]
    fn a_text_that_does_not_parse_is_an_error() {
        let compiler = Compiler::new().unwrap();
        let told = of_template(&compiler, "output: {\n").unwrap_err();
        assert_eq!(told, "expected '}', found 'EOF'");
    }
}
