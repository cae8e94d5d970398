;; world: router
;; Defers to the last second of 64 bits.
(func $misbehave (param i32) (result i32)
  (i32.store8 offset=8 (global.get $decision) (i32.const 2))
  (i64.store offset=16 (global.get $decision) (i64.const 0x7fffffffffffffff))
  (i32.store16 offset=24 (global.get $decision) (i32.const 0))
  (global.get $decision))
