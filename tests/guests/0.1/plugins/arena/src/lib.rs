//! The allocator of plugins whose instance lives for one transaction.
//!
//! While a plugin is configured, memory comes from the standard allocator. Then
//! [`Arena::settle`] is called, the snapshot is taken, and each call of a fresh
//! instance takes memory from a small room, one piece behind the other, and
//! gives nothing back but the last piece: the whole instance is dropped soon.
//! What does not fit into the room comes from the standard allocator again, so
//! a plugin that is kept for many calls only becomes slower.
//!
//! ```ignore
//! #[global_allocator]
//! static ARENA: Arena = Arena::new();
//!
//! fn configure(files: Vec<File>) -> Result<Vec<Configured>, ConfigureError> {
//!     // … what is kept is made …
//!     ARENA.settle();
//! }
//! ```
//!
//! It is for components, which have one thread; elsewhere it is the standard
//! allocator, whatever is called.
#![expect(unsafe_code, reason = "an allocator hands out raw memory")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;

/// The room, in bytes: what a message of the reference plugins takes, and as
/// much again. Each page more costs a fresh instance some nanoseconds.
const ROOM_BYTES: usize = 16 * 1024;

/// See the crate.
pub struct Arena {
    room: UnsafeCell<[u64; ROOM_BYTES / 8]>,
    /// Where the next piece may begin; the end of the room. Both 0 until
    /// settled.
    free: UnsafeCell<(usize, usize)>,
}

// SAFETY: only a component's single thread ever settles it; until then, what
// is in the cells is not touched but to be read.
unsafe impl Sync for Arena {}

impl Arena {
    /// An allocator that is not settled.
    #[expect(clippy::new_without_default, reason = "a static of each plugin, made once")]
    pub const fn new() -> Self {
        Self { room: UnsafeCell::new([0; ROOM_BYTES / 8]), free: UnsafeCell::new((0, 0)) }
    }

    /// Takes memory from the room from now on.
    pub fn settle(&self) {
        if cfg!(target_family = "wasm") {
            let start = self.start();
            // SAFETY: one thread, and no reference to the cell is kept.
            unsafe { *self.free.get() = (start, start + ROOM_BYTES) };
        }
    }

    fn start(&self) -> usize {
        self.room.get() as usize
    }

    /// Whether a piece is of the room.
    fn holds(&self, piece: *mut u8) -> bool {
        (piece as usize).wrapping_sub(self.start()) < ROOM_BYTES
    }
}

// SAFETY: pieces of the room begin at their alignment, lie behind each other
// and within it; a piece is used again only when it was the last and was given
// back. All else is the standard allocator's, which gets back what it gave.
unsafe impl GlobalAlloc for Arena {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: one thread, and no reference to the cell is kept.
        let free = unsafe { &mut *self.free.get() };
        let start = free.0.next_multiple_of(layout.align());
        match start.checked_add(layout.size()) {
            Some(end) if end <= free.1 => {
                free.0 = end;
                start as *mut u8
            }
            // SAFETY: the caller's promise.
            _ => unsafe { System.alloc(layout) },
        }
    }

    #[inline]
    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        if !self.holds(piece) {
            // SAFETY: not of the room, so the standard allocator gave it.
            return unsafe { System.dealloc(piece, layout) };
        }
        // SAFETY: one thread, and no reference to the cell is kept.
        let free = unsafe { &mut *self.free.get() };
        if piece as usize + layout.size() == free.0 {
            free.0 = piece as usize;
        }
    }

    #[inline]
    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !self.holds(piece) {
            // SAFETY: not of the room, so the standard allocator gave it.
            return unsafe { System.realloc(piece, layout, size) };
        }
        let (start, old) = (piece as usize, layout.size());
        {
            // SAFETY: one thread, and the reference ends with this block.
            let free = unsafe { &mut *self.free.get() };
            if start + old == free.0 && start.checked_add(size).is_some_and(|end| end <= free.1) {
                free.0 = start + size;
                return piece;
            }
        }
        if size <= old {
            return piece;
        }
        // SAFETY: the caller promises that the size is a layout's; the new
        // piece is longer than the old, and another.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !moved.is_null() {
                std::ptr::copy_nonoverlapping(piece, moved, old);
            }
            moved
        }
    }
}
