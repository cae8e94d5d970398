;; world: router
;; Notes one line of nearly all the memory it can get: 2,000,000 bytes.
(func $misbehave (param i32) (result i32)
  (drop (memory.grow (i32.const 28)))
  (memory.fill (i32.const 8192) (i32.const 0x61) (i32.const 2000000))
  (call $log (i32.const 1) (i32.const 8192) (i32.const 2000000))
  (global.get $decision))
