//! `mizzen cue`: the CUE evaluator for people. Flags and output are those of the reference's command.
//!
//! Exit codes: 0 fine, 1 what was given is in error or not formatted, 2 it could not be read or written.
//! Nothing here knows a cluster.

mod complaint;
mod fmt;
mod inputs;
mod modules;
mod question;
mod shown;
mod vet;

use clap::{Args, Subcommand, ValueEnum};

use super::stop::Stop;
use inputs::Inputs;
use question::Question;

/// What to do with CUE.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Evaluate files and print the result
    Eval(Eval),
    /// Print what files come to as data
    Export(Export),
    /// Check files, or data against a schema
    Vet(vet::Arguments),
    /// Format files in place
    Fmt(fmt::Arguments),
    /// Print files as one definition, simplified
    Def(Asked),
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Cue,
    Json,
    Yaml,
    Text,
}

/// What is read, and which part of it is asked for.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// CUE, JSON or YAML files, folders of CUE files, or `-` for CUE on standard input
    #[arg(default_value = ".")]
    files: Vec<String>,
    /// Print this expression only; may be repeated
    #[arg(short = 'e', long = "expression", value_name = "EXPRESSION")]
    expressions: Vec<String>,
}

/// `mizzen cue eval`
#[derive(Debug, Args)]
pub(super) struct Eval {
    #[command(flatten)]
    asked: Asked,
    /// How to write
    #[arg(long, value_enum, default_value = "cue")]
    out: Form,
    /// Nothing may be left open
    #[arg(short, long)]
    concrete: bool,
    /// Show optional fields
    #[arg(short = 'O', long)]
    show_optional: bool,
    /// Show hidden fields
    #[arg(short = 'H', long)]
    show_hidden: bool,
    /// Show attributes
    #[arg(short = 'A', long)]
    show_attributes: bool,
    /// Show optional and hidden fields
    #[arg(short, long)]
    all: bool,
    /// Drop what says nothing
    #[arg(short, long)]
    simplify: bool,
}

/// `mizzen cue export`
#[derive(Debug, Args)]
pub(super) struct Export {
    #[command(flatten)]
    asked: Asked,
    /// How to write
    #[arg(long, value_enum, default_value = "json")]
    out: Form,
}

pub(super) fn run(verb: &Verb) -> Result<(), Stop> {
    match verb {
        // Each value has its expression as a title here.
        Verb::Eval(flags) => {
            let separator = match flags.out {
                Form::Cue => "",
                other => shown::separator(other),
            };
            shown::all(&flags.asked, separator, |question| shown::evaluated(question, flags))
        }
        Verb::Export(flags) => {
            let separator = shown::separator(flags.out);
            shown::all(&flags.asked, separator, |question| shown::exported(question, flags.out))
        }
        Verb::Def(asked) => shown::all(asked, shown::separator(Form::Cue), shown::defined),
        Verb::Vet(arguments) => vet::run(arguments),
        Verb::Fmt(arguments) => fmt::run(arguments),
    }
}
