;; world: router
;; Answers with a reason that lies outside its memory.
(func $misbehave (param i32) (result i32)
  (call $string (i32.add (global.get $decision) (i32.const 32)) (i32.const 0x7fff0000) (i32.const 4))
  (global.get $decision))
