//! What the players of recordings share: how they are called, how they read a file and how they end.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What every player is asked for.
pub(crate) struct Asked {
    /// Where the recordings are.
    pub(crate) place: PathBuf,
    /// The word that limits what is played.
    pub(crate) only: Option<String>,
}

/// Reads the arguments: a place and `--only WORD`. `other` takes an argument of the player's own, with those behind it,
/// and tells whether it is one.
pub(crate) fn asked(
    usage: &str,
    mut other: impl FnMut(&str, &mut dyn Iterator<Item = String>) -> Result<bool, String>,
) -> Result<Asked, String> {
    let mut args = std::env::args().skip(1);
    let (mut place, mut only) = (None, None);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--only" => only = Some(args.next().ok_or("--only needs a word")?),
            _ if other(&arg, &mut args)? => {}
            _ if place.is_none() && !arg.starts_with('-') => place = Some(PathBuf::from(arg)),
            _ => return Err(format!("unexpected argument {arg:?}; usage: {usage}")),
        }
    }
    Ok(Asked { place: place.ok_or_else(|| format!("usage: {usage}"))?, only })
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// How a program ends: 0 when all is as it should be, 1 when not, 2 when it could not be played.
pub(crate) fn ended(program: &str, good: Result<bool, String>) -> ExitCode {
    match good {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{program}: {why}");
            ExitCode::from(2)
        }
    }
}
