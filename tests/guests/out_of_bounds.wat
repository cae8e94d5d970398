;; world: router
;; Reads memory that it does not have.
(func $misbehave (param i32) (result i32)
  (i32.store (global.get $decision) (i32.load (i32.const 0x7fff0000)))
  (global.get $decision))
