//! The memory that an artefact lies in, and the one place where its code is
//! made executable.
#![expect(unsafe_code, reason = "memory that is mapped and executed")]

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::ptr::{self, NonNull};

use rustix::mm::{
    Advice, MapFlags, MprotectFlags, ProtFlags, madvise, mmap, mmap_anonymous, mprotect, munmap,
};
use wasmtime::CustomCodeMemory;

/// Read-only pages: of a file, or a copy of bytes. They begin at a page.
pub(super) struct Pages {
    start: NonNull<c_void>,
    length: usize,
    of_file: bool,
}

// SAFETY: the pages are only ever read, until the last owner drops them.
unsafe impl Send for Pages {}
// SAFETY: as above.
unsafe impl Sync for Pages {}

impl Pages {
    /// Maps a file of this length, which is not 0. What others write into the
    /// file later may show in the pages: see [`super::Artefact::open`].
    pub(super) fn of_file(file: &File, length: usize) -> io::Result<Self> {
        // SAFETY: a new mapping at an address of the system's choice.
        let start =
            unsafe { mmap(ptr::null_mut(), length, ProtFlags::READ, MapFlags::PRIVATE, file, 0) }?;
        Self::at(start, length, true)
    }

    /// Copies bytes, of which there must be some, into pages of their own.
    pub(super) fn of_bytes(bytes: &[u8]) -> io::Result<Self> {
        let (length, writable) = (bytes.len(), ProtFlags::READ | ProtFlags::WRITE);
        // SAFETY: a new mapping at an address of the system's choice.
        let start =
            unsafe { mmap_anonymous(ptr::null_mut(), length, writable, MapFlags::PRIVATE) }?;
        let pages = Self::at(start, length, false)?;
        // SAFETY: the mapping is writable, as long as the bytes, and nobody
        // else's yet.
        unsafe {
            ptr::copy_nonoverlapping(bytes.as_ptr(), pages.start.as_ptr().cast(), length);
            mprotect(pages.start.as_ptr(), length, MprotectFlags::READ)?;
        }
        Ok(pages)
    }

    fn at(start: *mut c_void, length: usize, of_file: bool) -> io::Result<Self> {
        let start = NonNull::new(start).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { start, length, of_file })
    }

    /// Lets go of the memory that a file's pages take: what is read again comes
    /// from the file again. Loading reads much that running never does.
    pub(super) fn forget(&self) {
        if self.of_file {
            // SAFETY: pages of a file that were never written, so nothing is
            // lost. It is advice: failing changes nothing.
            let _ = unsafe { madvise(self.start.as_ptr(), self.length, Advice::LinuxDontNeed) };
        }
    }

    /// All bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: the mapping is readable and as long as this value lives.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast(), self.length) }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and who borrowed from it is gone. It
        // fails only for an address that never was one.
        let _ = unsafe { munmap(self.start.as_ptr(), self.length) };
    }
}

/// Makes the code in an artefact's pages executable. They were read-only
/// before: no page is ever writable and executable.
pub(crate) struct CodePages;

impl CustomCodeMemory for CodePages {
    fn required_alignment(&self) -> usize {
        rustix::param::page_size()
    }

    fn publish_executable(&self, start: *const u8, length: usize) -> wasmtime::Result<()> {
        // SAFETY: Wasmtime names the code of a component, which it was given
        // out of an artefact's `Pages`: whole pages, that live longer.
        unsafe {
            icache::clear_cache(start.cast(), length)?;
            mprotect(start.cast_mut().cast(), length, MprotectFlags::READ | MprotectFlags::EXEC)?;
        }
        icache::pipeline_flush_mt()?;
        Ok(())
    }

    /// Leaves them as they are: another host in this process may run the same
    /// pages, and they are unmapped with the last.
    fn unpublish_executable(&self, _start: *const u8, _length: usize) -> wasmtime::Result<()> {
        Ok(())
    }
}
