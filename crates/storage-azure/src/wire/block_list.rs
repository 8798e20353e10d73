//! The blocks of a blob: [Put Block List](https://learn.microsoft.com/rest/api/storageservices/put-block-list),
//! [Get Block List](https://learn.microsoft.com/rest/api/storageservices/get-block-list).

use bytes::Bytes;
use storage_core::Result;
use storage_http::xml::{Element, Writer};

use super::{count, read, text};

/// The blocks of a blob.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BlockList {
    /// Those that the blob consists of, in its order.
    pub(crate) committed: Vec<Block>,
    /// Those that were sent and not used yet.
    pub(crate) uncommitted: Vec<Block>,
}

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// The id in base64, as it came.
    pub(crate) id: String,
    /// The size in bytes.
    pub(crate) size: u64,
}

/// Writes the ids, in base64, that a blob shall consist of, each the one that was sent last under it.
pub(crate) fn write(ids: &[String]) -> Bytes {
    let mut writer = Writer::new("BlockList", None);
    ids.iter().for_each(|id| writer.text("Latest", id));
    writer.finish()
}

/// Reads the blocks of a blob; a list that was not asked for is empty.
pub(crate) fn parse(body: &[u8]) -> Result<BlockList> {
    let root = read(body, "BlockList")?;
    let list =
        |name| root.children(name).flat_map(|it| it.children("Block")).map(block).collect::<Result<_>>();
    Ok(BlockList { committed: list("CommittedBlocks")?, uncommitted: list("UncommittedBlocks")? })
}

fn block(block: &Element<'_>) -> Result<Block> {
    Ok(Block { id: text(block, "Name")?.into(), size: count(block, "Size")? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIST: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<BlockList>\r\n  <CommittedBlocks>\r\n    <Block><Name>QkFBQQ==</Name><Size>1048576</Size></Block>\r\n    <Block><Name>QkFBQg==</Name><Size>4194304000</Size></Block>\r\n  </CommittedBlocks>\r\n  <UncommittedBlocks><Block><Name>QkFBQw==</Name><Size>7</Size></Block></UncommittedBlocks>\r\n</BlockList>";

    #[test]
    fn both_lists_are_read_in_their_order() {
        let list = parse(LIST.as_bytes()).unwrap();
        let ids: Vec<_> = list.committed.iter().map(|it| (it.id.as_str(), it.size)).collect();
        assert_eq!(ids, [("QkFBQQ==", 1 << 20), ("QkFBQg==", 4_194_304_000)]);
        assert_eq!(list.uncommitted, [Block { id: "QkFBQw==".into(), size: 7 }]);
        for empty in ["<BlockList/>", "<BlockList><CommittedBlocks /><UncommittedBlocks /></BlockList>"] {
            assert_eq!(parse(empty.as_bytes()).unwrap(), BlockList::default());
        }
    }

    #[test]
    fn every_id_is_written_as_the_latest() {
        let body = write(&["QUFB".into(), "QUFC+/=".into()]);
        assert_eq!(
            body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<BlockList><Latest>QUFB</Latest><Latest>QUFC+/=</Latest></BlockList>"
        );
        assert!(write(&[]).ends_with(b"<BlockList></BlockList>"));
    }

    #[test]
    fn fault_103_blocks_without_sense_are_refused() {
        for (from, to) in [
            (">7<", ">-7<"),
            (">7<", ">18446744073709551616<"),
            ("<Size>7</Size>", ""),
            (">QkFBQw==<", "><"),
            ("</BlockList>", ""),
            ("BlockList>", "EnumerationResults>"),
        ] {
            let error = parse(LIST.replace(from, to).as_bytes()).unwrap_err();
            assert_eq!(error.kind(), storage_core::ErrorKind::UnexpectedResponse, "{from} {to}");
        }
    }

    proptest! {
        #[test]
        fn fault_174_no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }
    }
}
