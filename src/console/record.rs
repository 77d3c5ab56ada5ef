//! A recording of what the console was told and what was typed: enough to open the same console on it
//! again. One compressed file of lines of JSON; the first says which version it is and how it began, each
//! other when something came and what.
//!
//! Values of Secrets and of what is named like one are masked before they are written.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::model::keymap::BUILT_IN;
use super::update::Msg;
use super::{mask, tar};

/// What this program writes, and all it reads.
const VERSION: u32 = 1;
/// What was recorded is on disk after this time at the latest.
const FLUSH: Duration = Duration::from_secs(1);
/// A line of a recording is not longer.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// What the recording in the archive of an incident is called.
pub const IN_ARCHIVE: &str = "session.jsonl";

/// How a recording begins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Head {
    /// The version of the format.
    pub mizzen_recording: u32,
    /// When it began.
    pub began: Timestamp,
    /// Columns and rows at the beginning.
    pub size: (u16, u16),
    /// The keymap, as its file has it.
    pub keymap: String,
    /// Whether glyphs are ASCII.
    pub ascii: bool,
    /// Whether nothing could be changed.
    pub read_only: bool,
    /// Which clusters were those of production.
    pub production: Vec<String>,
}

/// Something that came, so many milliseconds after the beginning.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry(pub u64, pub Msg);

/// Writes a recording.
pub struct Recorder {
    out: GzEncoder<File>,
    began: Instant,
    flushed: Instant,
}

impl Recorder {
    /// Begins a file, which only its owner may read and which must not exist yet.
    ///
    /// # Errors
    /// The file is there already, or cannot be written.
    pub fn begin(path: &Path, head: &Head) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let now = Instant::now();
        let out = GzEncoder::new(options.open(path)?, Compression::fast());
        let mut recorder = Self { out, began: now, flushed: now };
        recorder.line(&serde_json::to_value(head)?)?;
        Ok(recorder)
    }

    /// Keeps what came. Frames that were painted follow from the rest.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(&mut self, msg: &Msg) -> io::Result<()> {
        if matches!(msg, Msg::Painted(_)) {
            return Ok(());
        }
        let since = self.began.elapsed().as_millis();
        let entry = Entry(u64::try_from(since).unwrap_or(u64::MAX), msg.clone());
        self.line(&masked(&entry)?)
    }

    fn line(&mut self, value: &serde_json::Value) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, value)?;
        self.out.write_all(b"\n")?;
        if self.flushed.elapsed() >= FLUSH {
            self.out.flush()?;
            self.flushed = Instant::now();
        }
        Ok(())
    }
}

/// What is written of something that came.
fn masked(entry: &Entry) -> io::Result<serde_json::Value> {
    let mut value = serde_json::to_value(entry)?;
    // A key is a key, whatever it is called.
    if !matches!(entry.1, Msg::Input(..)) {
        mask::strings(&mut value);
    }
    Ok(value)
}

/// A recording as lines, for whatever keeps it.
///
/// # Errors
/// Something in it cannot be written as JSON.
pub fn lines(head: &Head, entries: &[Entry]) -> io::Result<String> {
    let mut text = serde_json::to_string(head)? + "\n";
    for entry in entries {
        text.push_str(&masked(entry)?.to_string());
        text.push('\n');
    }
    Ok(text)
}

impl Head {
    /// The head of a recording of one moment, by the keys that everybody has.
    #[must_use]
    pub fn of_moment(began: Timestamp) -> Self {
        Self {
            mizzen_recording: VERSION,
            began,
            size: (80, 24),
            keymap: BUILT_IN[0].1.to_owned(),
            ascii: false,
            read_only: true,
            production: Vec::new(),
        }
    }

    /// The head of a recording that begins now.
    #[must_use]
    pub fn now(model: &super::model::Model, keymap: &str) -> Self {
        Self {
            mizzen_recording: VERSION,
            began: model.now,
            size: model.size,
            keymap: keymap.to_owned(),
            ascii: model.ascii,
            read_only: model.read_only,
            production: model.production.clone(),
        }
    }
}

/// Reads a recording as far as it goes: one that was cut off ends where it was. In the archive of an
/// incident is one too.
///
/// # Errors
/// A sentence: the file cannot be read, or is none.
pub fn read(path: &Path) -> Result<(Head, Vec<Entry>), String> {
    let named = |why: &str| format!("{}: {why}", path.display());
    let file = File::open(path).map_err(|error| named(&error.to_string()))?;
    let mut lines = BufReader::with_capacity(64 * 1024, GzDecoder::new(file));
    if lines.fill_buf().is_ok_and(tar::begins) {
        return match tar::find(&mut lines, IN_ARCHIVE) {
            Ok(Some(found)) => entries_of(&mut BufReader::new(found), named),
            Ok(None) => Err(named("this archive holds no recording; was it written by `bundle`?")),
            Err(error) => Err(named(&error.to_string())),
        };
    }
    entries_of(&mut lines, named)
}

fn entries_of(
    mut lines: &mut impl BufRead,
    named: impl Fn(&str) -> String,
) -> Result<(Head, Vec<Entry>), String> {
    let none = || named("this is no recording of the console");
    let head = line(&mut lines).ok().flatten().ok_or_else(none)?;
    let head: Head = serde_json::from_str(&head).map_err(|_| none())?;
    if head.mizzen_recording != VERSION {
        let version = head.mizzen_recording;
        return Err(named(&format!(
            "it is of version {version}, and this program reads version {VERSION}"
        )));
    }
    let mut entries = Vec::new();
    while let Ok(Some(text)) = line(&mut lines) {
        match serde_json::from_str(&text) {
            Ok(entry) => entries.push(entry),
            // The last line may be half a line.
            Err(error) if error.is_eof() => break,
            Err(error) => {
                let at = entries.len() + 2;
                return Err(named(&format!("line {at} cannot be read: {error}")));
            }
        }
    }
    Ok((head, entries))
}

fn line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let read = from.take(LONGEST_LINE).read_until(b'\n', &mut bytes)?;
    Ok((read > 0).then(|| String::from_utf8_lossy(&bytes).into_owned()))
}
