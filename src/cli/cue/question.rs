//! What is asked of a package: all of it, or expressions in its scope.
//!
//! A path is looked up. Any other expression is compiled with the files, as a hidden field that no
//! output shows, so that it sees what they declare: beside the files of a package with a name, else at
//! the end of a file, since files without a name do not see into each other.

use mizzen_cue::syntax::{Mode, SourceId, Style, parse_expr};
use mizzen_cue::{Context, Limits, Path, Source, Value};

use super::super::stop::Stop;
use super::{complaint, modules};

/// Wall time of one evaluation: a person waits, and can interrupt.
const TIME: std::time::Duration = std::time::Duration::from_secs(120);
/// The field that holds an expression.
pub(super) const FIELD: &str = "_mizzen_expression";

/// One thing to show.
pub(super) struct Question {
    /// The expression in canonical form when several are asked for.
    pub(super) title: Option<String>,
    pub(super) value: Value,
    /// What messages point into.
    pub(super) sources: Vec<Source>,
}

/// Compiles and evaluates files.
pub(super) fn evaluate(sources: &[Source]) -> Result<Value, Stop> {
    let limits = Limits { time: TIME, ..Limits::default() };
    let mut context = Context::builder().limits(limits).build();
    modules::register(&mut context, sources)?;
    let template = context.compile(sources);
    let value = template.and_then(|template| template.eval().run());
    value.map_err(|error| complaint::refused(&error, sources))
}

/// The values that the expressions name, or the whole.
pub(super) fn questions(
    sources: Vec<Source>,
    expressions: &[String],
) -> Result<Vec<Question>, Stop> {
    let whole = evaluate(&sources)?;
    if expressions.is_empty() {
        return Ok(vec![Question { title: None, value: whole, sources }]);
    }
    let several = expressions.len() > 1;
    let ask = |text: &String| {
        let title = canonical(text)?;
        let (value, sources) = expression(&whole, &sources, text)?;
        Ok(Question { title: several.then_some(title), value, sources })
    };
    expressions.iter().map(ask).collect()
}

/// An expression as the formatter writes it.
fn canonical(text: &str) -> Result<String, Stop> {
    let parsed = parse_expr(SourceId::default(), text, Mode::All);
    match parsed.errors.first() {
        Some(error) => Err(Stop::Refused(format!("expression {text:?}: {}", error.message))),
        None => Ok(Style::default().expr(&parsed.tree)),
    }
}

/// The value of one expression, with the sources it was compiled from.
pub(super) fn expression(
    whole: &Value,
    sources: &[Source],
    text: &str,
) -> Result<(Value, Vec<Source>), Stop> {
    if let Ok(path) = Path::parse(text) {
        let value = whole.lookup_path(&path);
        if value.exists() {
            return Ok((value, sources.to_vec()));
        }
    }
    canonical(text)?;
    let mut failed = None;
    for sources in extended(sources, text) {
        match evaluate(&sources) {
            Ok(whole) => return Ok((whole.lookup(FIELD), sources)),
            Err(stop) => failed = failed.or(Some(stop)),
        }
    }
    Err(failed.unwrap_or_else(|| Stop::Failed(format!("expression {text:?}: no files to ask"))))
}

/// The files with the expression in them, in each way in which it may be meant.
fn extended(sources: &[Source], text: &str) -> Vec<Vec<Source>> {
    let package = sources.iter().find_map(modules::package);
    // The expression has a line of its own, so that messages show it as it was given.
    let field = format!("{FIELD}: (\n{text})\n");
    if let Some(package) = package {
        let own = Source::new("--expression", format!("package {package}\n{field}"));
        return vec![[sources, &[own]].concat()];
    }
    let with = |at| {
        let mut all = sources.to_vec();
        let file: &Source = &all[at];
        all[at] = Source::new(file.name.clone(), format!("{}\n{field}", file.text));
        all
    };
    (0..sources.len()).map(with).collect()
}
