//! Every test of muster, in one binary. This file holds the list and nothing
//! else: each area has its own file or folder, and what they share lives in
//! `support`.

mod tidy;
