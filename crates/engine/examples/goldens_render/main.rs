//! Plays recorded renders: `goldens_render FOLDER [--upstream FOLDER]... [--only GLOB]
//! [--failures FILE]`.
//!
//! Each record is evaluated on our own definition of its name, or with `--upstream` on the text at
//! its path in a checkout. Prints id and difference of each failure, what could not be played, and
//! last a line `N of M`; exits 1 unless all pass.

mod compare;
mod play;
mod record;
mod source;

use std::path::PathBuf;
use std::process::ExitCode;

use self::play::Outcome;
use self::source::Source;

struct Args {
    folder: PathBuf,
    upstream: Vec<PathBuf>,
    only: Option<String>,
    /// Where the ids of what failed are written, one a line.
    failures: Option<PathBuf>,
}

fn main() -> ExitCode {
    let args = match parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(problem) => {
            eprintln!("goldens_render: {problem}");
            eprintln!(
                "usage: goldens_render FOLDER [--upstream FOLDER]... [--only GLOB] [--failures FILE]"
            );
            return ExitCode::from(2);
        }
    };
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("goldens_render: {problem}");
            ExitCode::from(2)
        }
    }
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Args, String> {
    let (mut folder, mut upstream, mut only, mut failures) = (None, Vec::new(), None, None);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--upstream" => upstream.push(PathBuf::from(value()?)),
            "--only" => only = Some(value()?),
            "--failures" => failures = Some(PathBuf::from(value()?)),
            _ if word.starts_with('-') => return Err(format!("unknown option {word}")),
            _ => folder = Some(PathBuf::from(word)),
        }
    }
    Ok(Args { folder: folder.ok_or("no folder given")?, upstream, only, failures })
}

/// True when every record that could be played passed.
fn run(args: &Args) -> Result<bool, String> {
    let source = Source::new(&args.upstream)?;
    let (mut failures, mut played, mut skipped) = (Vec::new(), 0, 0);
    for record in record::read(&args.folder)? {
        if args.only.as_ref().is_some_and(|glob| !record.fits(glob)) {
            continue;
        }
        match play::play(&source, &record) {
            Outcome::Skipped(why) => {
                skipped += 1;
                if args.only.is_some() {
                    println!("{} {}: skipped: {why}", record.id, record.title());
                }
            }
            Outcome::Passed => played += 1,
            Outcome::Failed(difference) => {
                played += 1;
                println!("{} {}:\n{difference}", record.id, record.title());
                failures.push(record.id);
            }
        }
    }
    if skipped > 0 {
        println!("skipped {skipped}: the definition is neither ours nor in the checkout");
    }
    if let Some(file) = &args.failures {
        let told = std::fs::write(file, failures.join("\n"));
        told.map_err(|e| format!("writing {}: {e}", file.display()))?;
    }
    println!("{} of {played}", played - failures.len());
    Ok(failures.is_empty() && played > 0)
}
