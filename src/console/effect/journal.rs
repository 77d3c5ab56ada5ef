//! What this console changes, line by line in a file of each day: before a change is begun, and when it is
//! over. Only its owner reads it. A change whose line cannot be written is not begun.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::console::model::journal::{Deed, Outcome};
use crate::console::term::clean::Clean;

/// Lines that are read at most.
const MOST: usize = 1_000;
/// Files that are looked through, the newest first.
const DAYS: usize = 14;

/// A line as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    /// When, in UTC.
    pub time: String,
    /// Which process wrote it, and which of its changes it is about.
    pub change: String,
    /// The person on this host, and from where.
    pub user: String,
    /// The hub as the person calls it.
    pub hub: String,
    /// What was asked.
    pub verb: String,
    /// Of which application.
    pub application: String,
    /// The plan in a sentence.
    pub plan: String,
    /// Why.
    pub reason: String,
    /// `begun`, `done` or `refused`.
    pub outcome: String,
    /// What came of it.
    pub said: String,
}

/// Where the journal is kept.
#[derive(Clone, Debug)]
pub struct Journal {
    folder: Option<PathBuf>,
}

impl Journal {
    /// In the folder for what programs remember of a person.
    #[must_use]
    pub fn of_person() -> Self {
        let folders = ProjectDirs::from("dev", "mizzen", "mizzen");
        let state = |it: ProjectDirs| it.state_dir().unwrap_or_else(|| it.data_dir()).to_owned();
        Self { folder: folders.map(|folders| state(folders).join("journal")) }
    }

    /// In a folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()) }
    }

    /// Writes a line, and waits until it is kept.
    ///
    /// # Errors
    /// A sentence: there is no folder for it, or it cannot be written.
    pub fn write(&self, line: &Line) -> Result<(), String> {
        let folder = self.folder.as_ref().ok_or("there is no home folder to keep a journal in")?;
        let now = Timestamp::now();
        let path = folder.join(format!("{}.jsonl", now.strftime("%Y-%m-%d")));
        let said = |error: std::io::Error| format!("writing {}: {error}", path.display());
        std::fs::create_dir_all(folder).map_err(said)?;
        let line = Line { time: now.to_string(), user: person(), ..line.clone() };
        let text = serde_json::to_string(&line).map_err(|error| error.to_string())?;
        let mut options = OpenOptions::new();
        let mut file: File =
            options.create(true).append(true).mode(0o600).open(&path).map_err(said)?;
        file.write_all(format!("{text}\n").as_bytes()).map_err(said)?;
        file.sync_data().map_err(said)
    }

    /// What was changed, the last change first; a change that is over is one line.
    #[must_use]
    pub fn read(&self) -> Vec<Deed> {
        let folder = self.folder.as_ref().and_then(|folder| std::fs::read_dir(folder).ok());
        let files = folder.into_iter().flatten().filter_map(Result::ok).map(|file| file.path());
        let mut files: Vec<PathBuf> =
            files.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect();
        files.sort();
        let from = files.len().saturating_sub(DAYS);
        let texts = files[from..].iter().filter_map(|path| std::fs::read_to_string(path).ok());
        let lines: Vec<Line> = texts
            .flat_map(|text| {
                let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok());
                lines.collect::<Vec<Line>>()
            })
            .collect();
        deeds(&lines)
    }
}

/// Who sits at this terminal, and from where.
fn person() -> String {
    let of = |name: &str| std::env::var(name).unwrap_or_default();
    let from = of("SSH_CLIENT").split(' ').next().unwrap_or_default().to_owned();
    match from.as_str() {
        "" => of("USER"),
        from => format!("{} from {from}", of("USER")),
    }
}

fn deeds(lines: &[Line]) -> Vec<Deed> {
    let mut over: HashSet<&str> = HashSet::new();
    let mut deeds: Vec<Deed> = Vec::new();
    for line in lines.iter().rev() {
        if line.outcome != "begun" {
            over.insert(&line.change);
        } else if over.contains(line.change.as_str()) {
            continue;
        }
        deeds.push(deed(line));
        if deeds.len() == MOST {
            break;
        }
    }
    deeds
}

fn deed(line: &Line) -> Deed {
    let said = if line.said.is_empty() { &line.plan } else { &line.said };
    Deed {
        at: line.time.parse().ok(),
        verb: Clean::new(&line.verb),
        about: Clean::new(&format!("{}/{}", line.hub, line.application)),
        who: Clean::new(&line.user),
        reason: Clean::sentence(&line.reason),
        outcome: match line.outcome.as_str() {
            "done" => Outcome::Done,
            "refused" => Outcome::Refused,
            _ => Outcome::Begun,
        },
        said: Clean::sentence(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_the_last_first() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let journal = Journal::in_folder(folder.path());
        assert_eq!(journal.read(), Vec::new());
        let line = |change: &str, outcome: &str| Line {
            change: change.into(),
            hub: "hub".into(),
            verb: "hold".into(),
            application: "shop/checkout".into(),
            outcome: outcome.into(),
            ..Line::default()
        };
        for (change, outcome) in
            [("1", "begun"), ("1", "done"), ("2", "begun"), ("3", "begun"), ("3", "refused")]
        {
            journal.write(&line(change, outcome)).expect("it can be written");
        }
        let read: Vec<Outcome> = journal.read().iter().map(|deed| deed.outcome).collect();
        assert_eq!(read, [Outcome::Refused, Outcome::Begun, Outcome::Done]);
        assert_eq!(journal.read()[0].about.as_str(), "hub/shop/checkout");
    }

    #[test]
    fn a_journal_that_cannot_be_written_says_so() {
        let file = tempfile::NamedTempFile::new().expect("a file for the test");
        let error = Journal::in_folder(file.path()).write(&Line::default());
        assert!(error.is_err_and(|why| why.starts_with("writing ")));
    }
}
