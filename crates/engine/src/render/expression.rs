//! CUE expressions outside of templates: conditions of steps, `valueFrom` of outputs.
//!
//! Invariant: an expression sees the values it is given and the standard library, nothing else.

use mizzen_cue::syntax::ast::{Decl, Spanned, is_valid_ident};
use serde_json::{Map, Value};

use super::compile::{Compiler, Use};
use super::error::ErrorClass;
use super::failure::Failure;

/// The field that holds the expression's value while it is evaluated.
const RESULT: &str = "$result";

/// The value of an expression over top-level values.
///
/// # Errors
/// When it does not compile, refers to something that is not there, or is not concrete.
pub fn evaluate(
    compiler: &Compiler,
    text: &str,
    scope: &Map<String, Value>,
) -> Result<Value, Failure> {
    let (imports, body) = split_imports(compiler, text)?;
    let names: Vec<&String> = scope.keys().filter(|name| is_valid_ident(name)).collect();
    let declared: String = names.iter().map(|name| format!("{name}: _\n")).collect();
    let source = format!("{imports}\n{RESULT:?}: ({body})\n{declared}");
    let template = compiler.template(Use::Expression, &source)?;
    let mut run = template.eval();
    for name in names {
        run = run.fill(name, &scope[name]);
    }
    let value = run.run().map_err(Failure::from)?;
    let result = value.lookup(&format!("{RESULT:?}"));
    result.to_serde().map_err(Failure::from)
}

/// The import declarations in front of an expression, and the expression.
fn split_imports<'a>(compiler: &Compiler, text: &'a str) -> Result<(&'a str, &'a str), Failure> {
    if !text.trim_start().starts_with("import") {
        return Ok(("", text.trim()));
    }
    let file = compiler
        .parse("expression.cue", text)
        .map_err(|problem| Failure::new(ErrorClass::Syntax, problem))?;
    let imports = file.decls.iter().filter(|decl| matches!(decl, Decl::Import(_)));
    let end = imports.filter_map(|decl| decl.end().offset()).max().unwrap_or(0) as usize;
    let (imports, body) = text.split_at(end.min(text.len()));
    Ok((imports, body.trim()))
}
