//! Definition files: metadata and template of one X-Definition as a person writes them in CUE.
//!
//! Invariant: the template keeps its text, comments included, because markers in comments are part of
//! what it means. Only its place changes: imports in front, the outer braces gone.

use mizzen_cue::syntax::ast::{Decl, Expr, Field, Label, Spanned, StructLit};
use serde_json::{Map, Value};

use super::compile::Compiler;
use super::definition::{Definition, DefinitionKind};
use super::error::RenderError;

const USER_PREFIX: &str = "custom.definition.oam.dev/";
const DESCRIPTION: &str = mizzen_oam::annotations::DEFINITION_DESCRIPTION;
const ALIAS: &str = "definition.oam.dev/alias";

/// Reads a definition file; `file` names it in messages.
///
/// # Errors
/// When the text does not parse, has no metadata or more than one, or no template.
pub fn definition(compiler: &Compiler, file: &str, text: &str) -> Result<Definition, RenderError> {
    read(compiler, file, text, None)
}

/// As [`definition`], of a file that need not say its kind, as templates of configurations do not.
///
/// # Errors
/// As [`definition`].
pub fn definition_of_kind(
    compiler: &Compiler,
    file: &str,
    text: &str,
    kind: DefinitionKind,
) -> Result<Definition, RenderError> {
    read(compiler, file, text, Some(kind))
}

fn read(
    compiler: &Compiler,
    file: &str,
    text: &str,
    otherwise: Option<DefinitionKind>,
) -> Result<Definition, RenderError> {
    let bad = |reason: String| RenderError::BadDefinition { name: file.to_owned(), reason };
    let tree = compiler.parse(file, text).map_err(bad)?;
    let parts = Parts::split(&tree.decls, text).map_err(bad)?;
    let metadata = compiler.constants(&parts.metadata_text(text)).map_err(bad)?;
    let name = parts.name;
    let body = metadata.get(&name).and_then(Value::as_object).cloned().unwrap_or_default();
    let word = body.get("type").and_then(Value::as_str).unwrap_or_default();
    let unsaid = if word.is_empty() { otherwise } else { None };
    let kind = DefinitionKind::from_word(word).or(unsaid).ok_or_else(|| {
        let known = DefinitionKind::ALL.map(DefinitionKind::word).join(", ");
        bad(format!("type `{word}` of `{name}` is none of {known}"))
    })?;
    Ok(Definition {
        kind,
        labels: prefixed(body.get("labels")),
        annotations: annotations(&body),
        spec: body.get("attributes").and_then(Value::as_object).cloned().unwrap_or_default(),
        template: parts.template,
        name,
    })
}

struct Parts<'a> {
    name: String,
    metadata: &'a Field,
    imports: Vec<&'a str>,
    template: String,
}

impl<'a> Parts<'a> {
    fn split(decls: &'a [Decl], text: &'a str) -> Result<Self, String> {
        let (mut metadata, mut body, mut imports) = (None, None, Vec::new());
        for decl in decls {
            match decl {
                Decl::Import(import) => imports.push(slice(text, import.as_ref())),
                Decl::Field(field) => match label(&field.label)?.as_str() {
                    "template" => body = Some(template_body(field)?),
                    _ if metadata.is_some() => {
                        return Err(
                            "duplicated definition name: only one field beside `template`".into()
                        );
                    }
                    _ => metadata = Some(field.as_ref()),
                },
                _ => {}
            }
        }
        let metadata = metadata.ok_or("no definition: a field named after it is missing")?;
        let body = body.ok_or("no template: a field `template` is missing")?;
        let inner = dedented(inner_text(text, body));
        let template = match imports.is_empty() {
            true => inner,
            false => format!("{}\n\n{inner}", imports.join("\n")),
        };
        Ok(Self { name: label(&metadata.label)?, metadata, imports, template })
    }

    /// The metadata as a file of its own, status blocks written as structs turned into strings.
    fn metadata_text(&self, text: &str) -> String {
        let _ = &self.imports;
        let (start, end) = range(self.metadata);
        let mut blocks = Vec::new();
        status_structs(&self.metadata.value, &mut blocks);
        let mut out = String::new();
        let mut at = start;
        for block in blocks {
            let (from, to) = range(block);
            out.push_str(&text[at..from]);
            let inner = dedented(inner_text(text, block)).replace('\t', "  ");
            out.push_str(&Value::String(inner).to_string());
            at = to;
        }
        out.push_str(&text[at..end]);
        out
    }
}

fn template_body(field: &Field) -> Result<&StructLit, String> {
    match &field.value {
        Expr::Struct(body) if body.lbrace.is_some() => Ok(body),
        _ => Err("`template` is no struct in braces".to_owned()),
    }
}

/// The structs at `attributes.status.{healthPolicy,customStatus,details}`, in the order of the text.
fn status_structs<'a>(metadata: &'a Expr, found: &mut Vec<&'a StructLit>) {
    for status in children(metadata, &["attributes", "status"]) {
        let Expr::Struct(body) = status else { continue };
        for decl in &body.elts {
            if let Decl::Field(field) = decl
                && let Ok("healthPolicy" | "customStatus" | "details") =
                    label(&field.label).as_deref()
                && let Expr::Struct(block) = &field.value
            {
                found.push(block);
            }
        }
    }
}

fn children<'a>(expr: &'a Expr, path: &[&str]) -> Vec<&'a Expr> {
    let Some((first, rest)) = path.split_first() else { return vec![expr] };
    let Expr::Struct(body) = expr else { return Vec::new() };
    let fields = body.elts.iter().filter_map(|decl| match decl {
        Decl::Field(field) if label(&field.label).as_deref() == Ok(first) => Some(&field.value),
        _ => None,
    });
    fields.flat_map(|value| children(value, rest)).collect()
}

fn label(label: &Label) -> Result<String, String> {
    match label {
        Label::Ident(ident) => Ok(ident.name.to_string()),
        Label::Lit(literal) => Ok(literal.text.trim_matches('"').to_owned()),
        _ => Err("dynamic labels are not allowed at the top of a definition".to_owned()),
    }
}

fn range(node: &impl Spanned) -> (usize, usize) {
    let offset = |pos: mizzen_cue::syntax::Pos| pos.offset().unwrap_or(0) as usize;
    (offset(node.pos()), offset(node.end()))
}

fn slice<'a>(text: &'a str, node: &impl Spanned) -> &'a str {
    let (start, end) = range(node);
    text.get(start..end).unwrap_or_default()
}

/// The text between the braces.
fn inner_text<'a>(text: &'a str, body: &StructLit) -> &'a str {
    let whole = slice(text, body);
    match whole.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(inner) => inner,
        None => whole,
    }
}

/// The text one level further left. Lines of multi-line strings move with their closing quotes.
fn dedented(text: &str) -> String {
    let lines = text.lines().map(|line| line.strip_prefix('\t').unwrap_or(line));
    let joined = lines.collect::<Vec<_>>().join("\n");
    format!("{}\n", joined.trim_matches('\n').trim_end())
}

/// Keys that are not the platform's own are marked as the user's.
fn prefixed(map: Option<&Value>) -> Map<String, Value> {
    let entries = map.and_then(Value::as_object).into_iter().flatten();
    let key = |key: &String| match key.contains("oam.dev") {
        true => key.clone(),
        false => format!("{USER_PREFIX}{key}"),
    };
    entries.map(|(name, value)| (key(name), value.clone())).collect()
}

fn annotations(body: &Map<String, Value>) -> Map<String, Value> {
    let mut annotations = prefixed(body.get("annotations"));
    for (field, key) in [("description", DESCRIPTION), ("alias", ALIAS)] {
        if let Some(value) = body.get(field).filter(|value| value.is_string()) {
            annotations.insert(key.to_owned(), value.clone());
        }
    }
    annotations
}
