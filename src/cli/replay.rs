//! `mizzen replay`: a recording of the console, opened again offline.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;

use super::stop::Stop;
use crate::console::{play, record, start};

/// Which recording, and how it looks.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A file that `console --record` wrote
    file: PathBuf,
    /// Theme: dark, light, ansi, none, or the name of a file in the configuration folder
    #[arg(long)]
    theme: Option<String>,
    /// Write it as an asciicast (version 2) instead of showing it
    #[arg(long, value_name = "FILE")]
    cast: Option<PathBuf>,
}

impl Arguments {
    /// Whether it is shown on the terminal.
    pub(super) fn shows(&self) -> bool {
        self.cast.is_none()
    }
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Stop> {
    let (head, entries) = record::read(&arguments.file).map_err(Stop::Failed)?;
    let theme = start::theme(arguments.theme.as_deref()).map_err(Stop::Failed)?;
    let Some(path) = arguments.cast else {
        return play::play(head, entries, &theme).await.map_err(Stop::Failed);
    };
    let failed = |why| Stop::failed(&format!("writing {}", path.display()), why);
    let mut out = BufWriter::new(File::create(&path).map_err(failed)?);
    play::cast(head, entries, &theme, &mut out).map_err(Stop::Failed)?;
    out.flush().map_err(failed)
}
