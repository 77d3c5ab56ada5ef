//! Files as one tar archive (ustar), which every system reads. Names are short and ours; contents are
//! bytes. What is read back may be anything: it is bounded, and what is no archive is none.

use std::io::{self, Read, Write};

/// The unit in which an archive grows.
const BLOCK: usize = 512;
/// The longest name that fits the header without its prefix.
pub(super) const LONGEST_NAME: usize = 100;

/// Appends a file that only its owner reads.
///
/// # Errors
/// It cannot be written, or its name is too long.
pub(super) fn append(
    out: &mut impl Write,
    name: &str,
    time: i64,
    content: &[u8],
) -> io::Result<()> {
    if name.len() > LONGEST_NAME {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{name}: too long a name"),
        ));
    }
    let mut header = [0; BLOCK];
    let mut put =
        |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000600\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{:011o}\0", content.len()));
    put(136, &format!("{:011o}\0", time.max(0)));
    // The sum is made with blanks in its own place.
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    out.write_all(&header)?;
    out.write_all(content)?;
    out.write_all(&vec![0; content.len().next_multiple_of(BLOCK) - content.len()])
}

/// Ends an archive.
///
/// # Errors
/// It cannot be written.
pub(super) fn finish(out: &mut impl Write) -> io::Result<()> {
    out.write_all(&[0; 2 * BLOCK])
}

/// Where a header says what it is, and how.
const MAGIC: (usize, &[u8]) = (257, b"ustar");

/// Whether these bytes begin an archive.
pub(super) fn begins(bytes: &[u8]) -> bool {
    bytes.get(MAGIC.0..).is_some_and(|rest| rest.starts_with(MAGIC.1))
}

/// Goes to the content of the first file of this name; nothing when there is none.
///
/// # Errors
/// It cannot be read, or is cut off.
pub(super) fn find<'a, R: Read>(
    from: &'a mut R,
    name: &str,
) -> io::Result<Option<io::Take<&'a mut R>>> {
    loop {
        let mut header = [0; BLOCK];
        from.read_exact(&mut header)?;
        if !begins(&header) {
            return Ok(None);
        }
        let field = |at: std::ops::Range<usize>| {
            let text = header[at].split(|byte| *byte == 0).next().unwrap_or_default();
            String::from_utf8_lossy(text).trim().to_owned()
        };
        let broken = |_| io::Error::from(io::ErrorKind::InvalidData);
        let size = u64::from_str_radix(&field(124..136), 8).map_err(broken)?;
        if field(0..100) == name {
            return Ok(Some(from.take(size)));
        }
        let padded = size.next_multiple_of(BLOCK as u64);
        let skipped = io::copy(&mut from.by_ref().take(padded), &mut io::sink())?;
        if skipped < padded {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_their_sum() {
        let mut out = Vec::new();
        append(&mut out, "a/b.txt", 1_700_000_000, b"hello").expect("a vector takes bytes");
        finish(&mut out).expect("a vector takes bytes");
        assert_eq!(out.len(), 4 * BLOCK);
        assert_eq!(&out[..7], b"a/b.txt");
        assert_eq!(&out[124..136], b"00000000005\0");
        let sum: u32 =
            out[..148].iter().chain(&out[156..512]).map(|b| u32::from(*b)).sum::<u32>() + 8 * 32;
        assert_eq!(&out[148..156], format!("{sum:06o}\0 ").as_bytes());
        assert!(append(&mut out, &"x".repeat(101), 0, b"").is_err());
    }

    #[test]
    fn a_file_is_found_again() {
        let mut out = Vec::new();
        append(&mut out, "a.txt", 0, &[b'x'; 700]).expect("a vector takes bytes");
        append(&mut out, "b.txt", 0, b"hello").expect("a vector takes bytes");
        finish(&mut out).expect("a vector takes bytes");
        let read = |name: &str, bytes: &[u8]| {
            let mut from = bytes;
            let mut text = String::new();
            let found = find(&mut from, name).ok()??;
            let mut found = found;
            found.read_to_string(&mut text).ok().map(|_| text)
        };
        assert_eq!(read("b.txt", &out).as_deref(), Some("hello"));
        assert_eq!(read("c.txt", &out), None);
        assert_eq!(read("b.txt", &out[..600]), None, "it is cut off");
    }
}
