import unicodedata2 as u, sys
zeros=[];other={}
for c in range(0x110000):
    ch=chr(c)
    if u.category(ch)=='Nd':
        if u.decimal(ch)==0: zeros.append(c)
        continue
    if 0x3400<=c<=0x9fff or 0xf900<=c<=0xfaff or 0x20000<=c<=0x3ffff or c==0x3007: continue
    try: v=u.numeric(ch)
    except ValueError: v=None
    nf=u.normalize('NFKC',ch)
    d=''.join(str(u.decimal(x)) for x in nf if u.category(x)=='Nd')
    if d: other[c]=d
    elif v is not None and v>=0 and v==int(v): other[c]=str(int(v))
# ranges of consecutive values < 100
ranges=[];rest=[]
items=sorted(other.items())
i=0
while i<len(items):
    c,d=items[i]
    if d.startswith('0') and d!='0' or len(d)>2: rest.append((c,d)); i+=1; continue
    j=i;v=int(d)
    while j+1<len(items) and items[j+1][0]==items[j][0]+1 and items[j+1][1]==str(v+(j+1-i)) and v+(j+1-i)<100: j+=1
    ranges.append((c,j-i+1,v)); i=j+1
print(len(zeros),len(ranges),len(rest),file=sys.stderr)
print('const ZEROS: [u32; %d] = ['%len(zeros)); print('    '+', '.join('0x%x'%z for z in zeros)); print('];')
print('const VALUES: [(u32, u8, u8); %d] = ['%len(ranges)); print('    '+', '.join('(0x%x, %d, %d)'%r for r in ranges)); print('];')
print('const LONG: [(u32, &str); %d] = ['%len(rest)); print('    '+', '.join('(0x%x, "%s")'%r for r in rest)); print('];')
