//! The terminal handed to a shell in a container, and taken back: at its end, when the connection is cut,
//! when a person leaves it, when a signal ends everything.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::signal::unix::{SignalKind, signal};

use super::effect::Shell;
use super::effect::world::Session;
use super::run::Signals;
use super::term::clean::Clean;
use super::term::lend::{Keys, write};

/// The key that comes back at once: ctrl-].
const LEAVE: u8 = 0x1d;
/// What still comes after the end is waited for so long.
const REST: Duration = Duration::from_millis(100);

/// How it came back.
pub(super) enum Back {
    /// What came of the shell.
    Ended(String, Option<u8>),
    /// A signal ended everything.
    Signalled,
}

/// Opens a shell on this terminal, where no console paints, until it ends; answers how, and its exit code.
///
/// # Errors
/// A sentence: it cannot be kept in the journal, the world moved, it was refused, or the terminal is gone.
pub async fn on_this_terminal(shell: Shell) -> Result<(Clean, Option<u8>), String> {
    let gone = |error: std::io::Error| format!("the terminal: {error}");
    let mut signals = Signals::new().map_err(gone)?;
    let size = crossterm::terminal::size().map_err(gone)?;
    let mut session = match shell.open(size).await {
        Ok(session) => session,
        Err(why) => return Err(shell.close(Err(why)).err().unwrap_or_default().to_string()),
    };
    crossterm::terminal::enable_raw_mode().map_err(gone)?;
    let back = carry(&mut session, signals.ended()).await;
    crossterm::terminal::disable_raw_mode().map_err(gone)?;
    let (how, code) = match back {
        Ok(Back::Ended(how, code)) => (how, code),
        Ok(Back::Signalled) => ("ended by a signal".to_owned(), None),
        Err(error) => return Err(gone(error)),
    };
    shell.close(Ok(how)).map(|said| (said, code)).map_err(|why| why.to_string())
}

/// Runs the command of a plan that was seen, its words to ours; answers how it ended, and its exit code.
///
/// # Errors
/// As of a shell.
pub async fn to_the_end(shell: Shell) -> Result<(Clean, Option<u8>), String> {
    let mut session = match shell.open((80, 24)).await {
        Ok(session) => session,
        Err(why) => return Err(shell.close(Err(why)).err().unwrap_or_default().to_string()),
    };
    let (mut out, mut errors) = (tokio::io::stdout(), tokio::io::stderr());
    let (said, complained) = tokio::join!(
        tokio::io::copy(&mut session.output, &mut out),
        tokio::io::copy(&mut session.errors, &mut errors),
    );
    let end = session.ended.await;
    let cut = said.and(complained).err().map(|error| error.to_string());
    let (how, code) = match end {
        Some(end) => (end.said, end.code),
        None => (cut.unwrap_or_else(|| "the connection was cut".to_owned()), None),
    };
    shell.close(Ok(how)).map(|said| (said, code)).map_err(|why| why.to_string())
}

/// Carries bytes both ways until the shell or the person has enough.
///
/// # Errors
/// The terminal is gone.
pub(super) async fn carry(
    session: &mut Session,
    signalled: impl Future<Output = ()>,
) -> std::io::Result<Back> {
    let began = Instant::now();
    let told =
        |how: &str, about: &Clean| format!("{how}, after {} s: {about}", began.elapsed().as_secs());
    let mut resized = signal(SignalKind::window_change())?;
    let mut keys = Keys::read();
    let mut buffer = [0; 8192];
    let mut open = true;
    tokio::pin!(signalled);
    loop {
        tokio::select! {
            biased;
            () = &mut signalled => return Ok(Back::Signalled),
            typed = keys.next() => {
                let Some(typed) = typed else { return Ok(Back::Signalled) };
                if typed.contains(&LEAVE) {
                    let left = told("left while it went on", &session.about);
                    return Ok(Back::Ended(left, None));
                }
                // A shell that does not listen any more says so by its end.
                let _ = session.input.write_all(&typed).await;
                let _ = session.input.flush().await;
            }
            read = session.output.read(&mut buffer), if open => match read {
                Ok(count @ 1..) => write(&buffer[..count])?,
                Ok(0) | Err(_) => open = false,
            },
            how = &mut session.ended => {
                while let Ok(Ok(count @ 1..)) =
                    tokio::time::timeout(REST, session.output.read(&mut buffer)).await
                {
                    write(&buffer[..count])?;
                }
                let (said, code) = match how {
                    Some(end) => (end.said, end.code),
                    None => ("the connection was cut".to_owned(), None),
                };
                return Ok(Back::Ended(told(&said, &session.about), code));
            }
            _ = resized.recv() => {
                if let Ok(size) = crossterm::terminal::size() {
                    // The size of a shell that has ended does not matter.
                    let _ = session.sizes.send(size).await;
                }
            }
        }
    }
}
