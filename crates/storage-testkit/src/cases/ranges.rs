//! The algebra of ranges: the same on every provider.

use storage_core::{ByteRange, ErrorKind, GetOptions};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, that};

cases! {
    "ranges/bounded" []: "From `start` up to, not including, `end`." => bounded;
    "ranges/from" []: "From an offset to the end of the object." => from;
    "ranges/suffix" []: "The last n bytes." => suffix;
    "ranges/end_is_clamped" []: "An end past the object is clamped, a suffix longer than the object is the whole, and any valid range of an empty object is empty."
        => end_is_clamped;
    "ranges/long_suffix_is_all" []: "An end past the object is clamped, a suffix longer than the object is the whole, and any valid range of an empty object is empty."
        => long_suffix_is_all;
    "ranges/empty_object" []: "An end past the object is clamped, a suffix longer than the object is the whole, and any valid range of an empty object is empty."
        => empty_object;
    "ranges/start_past_the_end" []: "`InvalidRange` as for [`check`](Self::check), and when the start lies at or behind the end of the object."
        => start_past_the_end;
    "ranges/start_not_below_end" []: "`InvalidRange` when the start is not below the end, or a suffix is 0."
        => start_not_below_end;
    "ranges/every_small_range" []: "The body holds exactly the bytes of the outcome's range, all of one version of the object."
        => every_small_range;
    "ranges/missing_object" []: "A missing object is `ObjectNotFound`, a missing container `ContainerNotFound` where the store tells them apart."
        => missing_object;
}

const DIGITS: &str = "0123456789";

async fn read(ctx: &Ctx, key: &str, range: ByteRange, want: &str) -> Outcome {
    let got = ctx.get_with(key, &GetOptions::new().range(range)).await?;
    let what = format!("bytes of {range:?}");
    equal(std::str::from_utf8(&got.bytes).unwrap_or("?"), want, &what)?;
    equal(got.range.end - got.range.start, want.len() as u64, format!("length promised for {what}"))?;
    if !want.is_empty() {
        equal(
            &DIGITS[got.range.start as usize..got.range.end as usize],
            want,
            format!("range promised for {what}"),
        )?;
    }
    Ok(())
}

async fn refuse(ctx: &Ctx, key: &str, range: ByteRange) -> Outcome {
    let got = ctx.get_with(key, &GetOptions::new().range(range)).await;
    fails(got, ErrorKind::InvalidRange, format!("a read of {range:?}"))
}

async fn bounded(ctx: &Ctx) -> Outcome {
    ctx.put("digits", DIGITS).await?;
    read(ctx, "digits", (0..1).into(), "0").await?;
    read(ctx, "digits", (0..10).into(), DIGITS).await?;
    read(ctx, "digits", (3..7).into(), "3456").await?;
    read(ctx, "digits", (9..10).into(), "9").await?;
    read(ctx, "digits", (2..=4).into(), "234").await?;
    read(ctx, "digits", (..4).into(), "0123").await
}

async fn from(ctx: &Ctx) -> Outcome {
    ctx.put("digits", DIGITS).await?;
    read(ctx, "digits", ByteRange::From(0), DIGITS).await?;
    read(ctx, "digits", ByteRange::From(4), "456789").await?;
    read(ctx, "digits", ByteRange::From(9), "9").await
}

async fn suffix(ctx: &Ctx) -> Outcome {
    ctx.put("digits", DIGITS).await?;
    read(ctx, "digits", ByteRange::Suffix(1), "9").await?;
    read(ctx, "digits", ByteRange::Suffix(4), "6789").await?;
    read(ctx, "digits", ByteRange::Suffix(10), DIGITS).await
}

async fn end_is_clamped(ctx: &Ctx) -> Outcome {
    ctx.put("digits", DIGITS).await?;
    for end in [11, 1_000, u64::from(u32::MAX) + 5, i64::MAX as u64, u64::MAX] {
        read(ctx, "digits", (8..end).into(), "89").await?;
        read(ctx, "digits", (0..end).into(), DIGITS).await?;
    }
    Ok(())
}

async fn long_suffix_is_all(ctx: &Ctx) -> Outcome {
    ctx.put("digits", DIGITS).await?;
    for n in [11, 1_000, i64::MAX as u64, u64::MAX] {
        read(ctx, "digits", ByteRange::Suffix(n), DIGITS).await?;
    }
    Ok(())
}

async fn empty_object(ctx: &Ctx) -> Outcome {
    ctx.put("empty", "").await?;
    let ranges = [
        (0..1).into(),
        (0..100).into(),
        (5..9).into(),
        ByteRange::From(0),
        ByteRange::From(7),
        ByteRange::Suffix(1),
        ByteRange::Suffix(100),
    ];
    for range in ranges {
        read(ctx, "empty", range, "").await?;
    }
    refuse(ctx, "empty", (5..5).into()).await?;
    refuse(ctx, "empty", ByteRange::Suffix(0)).await
}

async fn start_past_the_end(ctx: &Ctx) -> Outcome {
    ctx.put("digits", DIGITS).await?;
    for range in
        [(10..11).into(), (10..20).into(), (11..12).into(), ByteRange::From(10), ByteRange::From(u64::MAX)]
    {
        refuse(ctx, "digits", range).await?;
    }
    Ok(())
}

async fn start_not_below_end(ctx: &Ctx) -> Outcome {
    ctx.put("digits", DIGITS).await?;
    for range in [(5..5).into(), (0..0).into(), ByteRange::Bounded { start: 6, end: 5 }, ByteRange::Suffix(0)]
    {
        refuse(ctx, "digits", range).await?;
    }
    Ok(())
}

async fn every_small_range(ctx: &Ctx) -> Outcome {
    const TEXT: &str = "0123";
    ctx.put("small", TEXT).await?;
    for start in 0..4u64 {
        for end in start + 1..7 {
            let want = &TEXT[start as usize..end.min(4) as usize];
            read(ctx, "small", (start..end).into(), want).await?;
        }
        read(ctx, "small", ByteRange::From(start), &TEXT[start as usize..]).await?;
        read(ctx, "small", ByteRange::Suffix(start + 1), &TEXT[3 - start as usize..]).await?;
    }
    that(ctx.get("small").await?.range == (0..4), "no range is the whole")
}

async fn missing_object(ctx: &Ctx) -> Outcome {
    let got = ctx.get_with("nothing", &GetOptions::new().range(0..5)).await;
    fails(got, ErrorKind::ObjectNotFound, "a range of a missing object")
}
