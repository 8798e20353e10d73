//! Checksums that the caller expects and that the store keeps.

use storage_core::{ChecksumAlgorithm, Checksums, ErrorKind, PutOptions};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, pattern, that};

cases! {
    "checksums/mismatch_is_refused" [checksums]:
        "Expected checksums that do not hold are `ChecksumMismatch`, and the old object stays." => mismatch_is_refused;
    "checksums/match_is_taken" [checksums]:
        "Expected checksums that do not hold are `ChecksumMismatch`, and the old object stays." => match_is_taken;
    "checksums/round_trip" [checksums]: "Checksums over the whole content." => round_trip;
    "checksums/follow_content" [checksums]: "Checksums over the whole content." => follow_content;
    "checksums/copied" [checksums server_copy]: "Checksums over the whole content." => copied;
}

fn algorithms(ctx: &Ctx) -> impl Iterator<Item = ChecksumAlgorithm> + use<> {
    ctx.capabilities().checksums.iter().copied()
}

async fn mismatch_is_refused(ctx: &Ctx) -> Outcome {
    ctx.put_with("old", "old", &PutOptions::new().metadata("a", "1")).await?;
    for algorithm in algorithms(ctx) {
        let wrong = PutOptions::new().expected(Checksums::from(algorithm.of(b"something else")));
        for key in ["old", "new"] {
            let put = ctx.put_with(key, "content", &wrong).await;
            fails(put, ErrorKind::ChecksumMismatch, format!("a put with a wrong {algorithm}"))?;
        }
        fails(ctx.head("new").await, ErrorKind::ObjectNotFound, "nothing was written")?;
        let got = ctx.get("old").await?;
        equal(&got.bytes[..], b"old", "the content of the old object")?;
        equal(got.metadata().get("a"), Some("1"), "its metadata")?;
    }
    Ok(())
}

async fn match_is_taken(ctx: &Ctx) -> Outcome {
    for (seed, algorithm) in algorithms(ctx).enumerate() {
        for len in [0, 1, 100_000] {
            let content = pattern(seed as u64, len);
            let options = PutOptions::new().expected(Checksums::from(algorithm.of(&content)));
            ctx.put_with("object", content.clone(), &options).await?;
            that(
                ctx.get("object").await?.bytes == content,
                format!("{len} bytes with their {algorithm} are there"),
            )?;
        }
    }
    Ok(())
}

async fn round_trip(ctx: &Ctx) -> Outcome {
    let content = pattern(1, 50_000);
    for algorithm in algorithms(ctx) {
        let want = algorithm.of(&content);
        let outcome =
            ctx.put_with("object", content.clone(), &PutOptions::new().checksum(algorithm.into())).await?;
        equal(
            outcome.checksums.get(algorithm).unwrap_or(want),
            want,
            format!("the {algorithm} that the put reports"),
        )?;
        equal(
            ctx.head("object").await?.checksums.get(algorithm),
            Some(want),
            format!("the {algorithm} of the head"),
        )?;
        let got = ctx.get("object").await?;
        equal(
            got.info.checksums.get(algorithm),
            Some(want),
            format!("the {algorithm} that comes with the content"),
        )?;
    }
    Ok(())
}

async fn follow_content(ctx: &Ctx) -> Outcome {
    for algorithm in algorithms(ctx) {
        for content in ["first", "second", ""] {
            ctx.put_with("object", content, &PutOptions::new().checksum(algorithm.into())).await?;
            let known = ctx.head("object").await?.checksums;
            equal(
                known.get(algorithm),
                Some(algorithm.of(content.as_bytes())),
                format!("the {algorithm} of {content:?}"),
            )?;
        }
        ctx.put("object", "no checksum asked for").await?;
        for sum in ctx.head("object").await?.checksums.iter() {
            equal(
                sum,
                sum.algorithm().of(b"no checksum asked for"),
                "a checksum is never that of older content",
            )?;
        }
    }
    Ok(())
}

async fn copied(ctx: &Ctx) -> Outcome {
    for algorithm in algorithms(ctx) {
        ctx.put_with("from", "content", &PutOptions::new().checksum(algorithm.into())).await?;
        ctx.copy("from", "to").await?;
        for sum in ctx.head("to").await?.checksums.iter() {
            equal(sum, sum.algorithm().of(b"content"), "a checksum of the copy")?;
        }
    }
    Ok(())
}
