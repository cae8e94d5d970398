;; world: router
;; Answers with a reason as long as nearly all the memory it can get: 2,000,000
;; bytes.
(func $misbehave (param i32) (result i32)
  (drop (memory.grow (i32.const 28)))
  (memory.fill (i32.const 8192) (i32.const 0x61) (i32.const 2000000))
  (call $string (i32.add (global.get $decision) (i32.const 32))
    (i32.const 8192) (i32.const 2000000))
  (global.get $decision))
