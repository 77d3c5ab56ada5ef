//! A theme in a file of the person's own, which is read again when it changes, so that colours are chosen
//! while one looks at them.

use std::path::PathBuf;
use std::time::SystemTime;

use super::model::theme::Theme;

/// The file, and when it was as it was read last.
#[derive(Debug)]
pub(super) struct ThemeFile {
    path: PathBuf,
    read: Option<SystemTime>,
}

impl ThemeFile {
    /// A file that was just read.
    pub(super) fn new(path: PathBuf) -> Self {
        let read = written(&path);
        Self { path, read }
    }

    /// The theme, when the file is another than before; or what is wrong with it. One that is gone for a
    /// moment, as editors do it, is no change.
    pub(super) fn changed(&mut self) -> Option<Result<Theme, String>> {
        let now = written(&self.path)?;
        if self.read.replace(now) == Some(now) {
            return None;
        }
        let text = std::fs::read_to_string(&self.path).map_err(|error| error.to_string());
        Some(text.and_then(|text| Theme::parse(&text)))
    }
}

fn written(path: &PathBuf) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|about| about.modified()).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::model::theme::BUILT_IN;
    use super::*;

    #[test]
    fn a_file_that_changed_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mine.toml");
        let (dark, light) = (BUILT_IN[0].1, BUILT_IN[1].1);
        let mut at = SystemTime::UNIX_EPOCH;
        let mut write = |text: &str| {
            std::fs::write(&path, text).expect("a file");
            at += Duration::from_secs(1);
            let file = std::fs::File::options().write(true).open(&path).expect("the file");
            file.set_modified(at).expect("its time");
        };
        write(dark);
        let mut file = ThemeFile::new(path.clone());
        assert!(file.changed().is_none());
        write(light);
        let light = Theme::parse(light).expect("a theme");
        let read = file.changed().and_then(Result::ok).expect("another theme");
        assert_eq!(read.role("text"), light.role("text"));
        assert!(file.changed().is_none());
        write("roles = 1");
        assert!(file.changed().is_some_and(|read| read.is_err()));
        std::fs::remove_file(&path).expect("it is there");
        assert!(file.changed().is_none());
    }
}
