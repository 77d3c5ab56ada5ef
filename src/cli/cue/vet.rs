//! `mizzen cue vet`: files checked by themselves, or data checked against a schema.

use clap::Args;
use mizzen_cue::{Error, Path, Source, Validate, Value};

use super::super::say::aside;
use super::super::stop::Stop;
use super::{Inputs, complaint, question, shown};

/// What to check.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// CUE files, folders of them, or `-`; with JSON or YAML files these are checked against them
    #[arg(default_value = ".")]
    files: Vec<String>,
    /// Nothing may be left open; `-c=false` allows it
    #[arg(short, long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    concrete: Option<bool>,
    /// Check data against this expression instead of all of the schema; may be repeated
    #[arg(short = 'd', long, value_name = "EXPRESSION")]
    schema: Vec<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let inputs = Inputs::read(&arguments.files)?;
    if inputs.data.is_empty() {
        return sources(&inputs.sources, arguments.concrete);
    }
    data(inputs, &arguments.schema)
}

fn sources(sources: &[Source], concrete: Option<bool>) -> Result<(), Stop> {
    let value = question::evaluate(sources)?;
    let check = |on| value.validate(Validate::default().concrete(on));
    let refused = |error: Error| complaint::refused(&error, sources);
    match (concrete, check(concrete.unwrap_or(true))) {
        (_, Ok(())) => Ok(()),
        (Some(_), Err(error)) => Err(refused(error)),
        (None, Err(_)) => {
            check(false).map_err(refused)?;
            aside(format_args!(
                "some values are incomplete; `-c` shows which, `-c=false` allows them"
            ));
            Ok(())
        }
    }
}

/// Each document against each schema; everything wrong is told.
fn data(inputs: Inputs, expressions: &[String]) -> Result<(), Stop> {
    if inputs.sources.is_empty() {
        return Err(Stop::Failed("data without a schema: name a CUE file too".to_owned()));
    }
    let schemas = schemas(&inputs.sources, expressions)?;
    let mut end = Ok(());
    for documents in &inputs.data {
        let several = documents.all.len() > 1;
        for (at, document) in documents.all.iter().enumerate() {
            for (schema, sources) in &schemas {
                let value = schema.fill_path(&Path::default(), document.clone());
                let Err(error) = value.validate(Validate::default().concrete(true)) else {
                    continue;
                };
                let place = match several {
                    true => format!("{}, document {}", documents.name, at + 1),
                    false => documents.name.clone(),
                };
                let told = format!("{place}:\n{}", complaint::text(&error, sources));
                if let Err(earlier) = std::mem::replace(&mut end, Err(Stop::Refused(told))) {
                    shown::tell(earlier);
                }
            }
        }
    }
    end
}

/// The schemas with the sources that their messages point into.
fn schemas(sources: &[Source], expressions: &[String]) -> Result<Vec<(Value, Vec<Source>)>, Stop> {
    let whole = question::evaluate(sources)?;
    if expressions.is_empty() {
        return Ok(vec![(whole, sources.to_vec())]);
    }
    expressions.iter().map(|text| question::expression(&whole, sources, text)).collect()
}
