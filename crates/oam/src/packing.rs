//! Packed parts of revisions and trackers: JSON, compressed, in base64.
//!
//! Invariant: in memory nothing is packed; a type packs itself when it is written and unpacks itself
//! when it is read, so no reader can meet packed data. Source: `util/compression` of kubevela/pkg, and
//! `applicationrevision_types.go` and `resourcetracker_types.go` of kubevela.

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::is_default;

/// The most that packed data may become, in bytes: objects of a cluster are far smaller, and whoever
/// sends more wants to fill the memory.
const LIMIT: u64 = 32 * 1024 * 1024;

/// How a part of an object is packed; an empty type means not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Compression {
    /// Empty, `gzip` or `zstd`.
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    pub compression_type: String,
    /// Base64 of the packed JSON.
    #[serde(skip_serializing_if = "is_default")]
    pub data: String,
}

/// Why something cannot be packed or unpacked.
#[derive(Debug, thiserror::Error)]
pub enum PackingError {
    /// The type is none that is known.
    #[error("compression type {0:?} is not known; known are gzip and zstd")]
    Unknown(String),
    /// The data is not what its type says.
    #[error("{kind} data cannot be unpacked: {why}")]
    Damaged {
        /// Its type.
        kind: String,
        /// What the reader of the type says.
        why: String,
    },
}

impl Compression {
    /// Whether something is packed this way.
    #[must_use]
    pub fn is_packed(&self) -> bool {
        !self.compression_type.is_empty()
    }

    /// The same way of packing, with a value in it.
    ///
    /// # Errors
    /// When the type is not known.
    pub fn pack(&self, value: &Value) -> Result<Self, PackingError> {
        let text = value.to_string();
        let bytes = match self.compression_type.as_str() {
            "gzip" => gzip(text.as_bytes()).map_err(|why| self.damaged(&why))?,
            "zstd" => compress_to_vec(text.as_bytes(), CompressionLevel::Fastest),
            other => return Err(PackingError::Unknown(other.to_owned())),
        };
        let compression_type = self.compression_type.clone();
        Ok(Self { compression_type, data: STANDARD.encode(bytes) })
    }

    /// What is packed; null where nothing is.
    ///
    /// # Errors
    /// When the type is not known, or the data is not of it.
    pub fn unpack(&self) -> Result<Value, PackingError> {
        if self.data.is_empty() {
            return Ok(Value::Null);
        }
        let packed = STANDARD.decode(&self.data).map_err(|why| self.damaged(&why))?;
        let text = match self.compression_type.as_str() {
            "gzip" => self.read(GzDecoder::new(packed.as_slice()))?,
            "zstd" => {
                let decoder = StreamingDecoder::new(packed.as_slice());
                self.read(decoder.map_err(|why| self.damaged(&why))?)?
            }
            other => return Err(PackingError::Unknown(other.to_owned())),
        };
        serde_json::from_slice(&text).map_err(|why| self.damaged(&why))
    }

    fn read(&self, reader: impl Read) -> Result<Vec<u8>, PackingError> {
        let mut text = Vec::new();
        let read = reader.take(LIMIT + 1).read_to_end(&mut text);
        match read.map_err(|why| self.damaged(&why))? as u64 {
            length if length > LIMIT => Err(self.damaged(&format!("more than {LIMIT} bytes"))),
            _ => Ok(text),
        }
    }

    fn damaged(&self, why: &dyn std::fmt::Display) -> PackingError {
        PackingError::Damaged { kind: self.compression_type.clone(), why: why.to_string() }
    }
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(kind: &str, data: &str) -> Compression {
        Compression { compression_type: kind.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let value = json!({"objects": vec![json!({"kind": "ConfigMap", "text": "ä"}); 500]});
        for kind in ["gzip", "zstd"] {
            let packed = of(kind, "").pack(&value).expect("a known type");
            assert!(packed.data.len() < value.to_string().len() / 4, "{kind}");
            assert_eq!(packed.unpack().expect("what was packed"), value, "{kind}");
        }
    }

    /// What other encoders wrote: `{"a":1}` by gzip and by zstd.
    #[test]
    fn what_others_packed_comes_out() {
        let check = |kind, data| assert_eq!(of(kind, data).unpack().expect(kind), json!({"a": 1}));
        check("gzip", "H4sIAAAAAAACA6tWSlSyMqwFAK+sG1YHAAAA");
        check("zstd", "KLUv/SAHOQAAeyJhIjoxfQ==");
    }

    #[test]
    fn damaged_data_is_an_error() {
        let check = |kind, data, said: &str| {
            let why = of(kind, data).unpack().expect_err("damaged").to_string();
            assert!(why.contains(said), "{why}");
        };
        check("zip", "aGVsbG8=", "compression type \"zip\" is not known");
        check("gzip", "aGVsbG8=", "gzip data cannot be unpacked");
        check("zstd", "aGVsbG8=", "zstd data cannot be unpacked");
        check("zstd", "not base64!", "zstd data cannot be unpacked");
        let bomb = of("gzip", "").pack(&Value::String("a".repeat(LIMIT as usize))).expect("gzip");
        check("gzip", &bomb.data, "more than");
    }
}
