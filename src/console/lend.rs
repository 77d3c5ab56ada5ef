//! The terminal handed to a shell in a container, and taken back: at its end, when the connection is cut,
//! when a person leaves it, when a signal ends everything.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::signal::unix::{SignalKind, signal};

use super::effect::world::Session;
use super::term::clean::Clean;
use super::term::lend::{Keys, write};

/// The key that comes back at once: ctrl-].
const LEAVE: u8 = 0x1d;
/// What still comes after the end is waited for so long.
const REST: Duration = Duration::from_millis(100);

/// How it came back.
pub(super) enum Back {
    /// What came of the shell.
    Ended(String),
    /// A signal ended everything.
    Signalled,
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
                    return Ok(Back::Ended(told("left while it went on", &session.about)));
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
                let how = how.unwrap_or_else(|| "the connection was cut".to_owned());
                return Ok(Back::Ended(told(&how, &session.about)));
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
