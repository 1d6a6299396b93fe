// The words of the demo's pages.

const TEXTS = {
  en: {
    language: '한국어', skip: 'Skip to content',
    'app.hub': 'Hub', 'app.shop': 'Shop', 'app.blog': 'Blog', 'app.wiki': 'Wiki', 'app.studio': 'Studio', 'app.control': 'Control',
    signedIn: 'signed in', signedOut: 'signed out', sessionEnded: 'session ended',
    hello: 'Hello, {name}', welcome: 'Welcome to {app}', endedTitle: 'You have been signed out',
    hubLead: 'You are signed in at every app of this realm. Open a few of them beside each other, then sign out anywhere.',
    inLead: 'You are signed in at {app}. End the session somewhere else and watch this page.',
    outLead: 'Sign in as alice (password alice) or bob (password bob).',
    signIn: 'Sign in', signInAgain: 'Sign in again', signOut: 'Sign out everywhere', back: 'Back to the app',
    signInFailed: 'The sign-in did not work. Please try again.',
    failed: 'That did not work. Please try again in a moment.',
    bye: 'See you soon', byeText: 'Your session has ended, here and at every other app.',
    apps: 'Apps', appsText: 'Each is an app of its own on an origin of its own.', open: 'Open {app}',
    scenarios: 'Three ways to sign out',
    scenario1: 'At the hub', scenario1Text: 'The hub has Keycloak end the session. Every app hears of it on its server and in its tabs.', scenario1Do: 'Sign out at the hub',
    scenario2: 'At an app', scenario2Text: 'One app signs you out. Its server tells Keycloak, and the hub and the other apps follow.', scenario2Do: 'Go to {app} and sign out',
    scenario3: 'Storage cleared', scenario3Text: 'localStorage of the hub is emptied, as by a browser’s “clear site data”. That signs you out too.', scenario3Do: 'Empty localStorage',
    profile: 'Profile', name: 'Name', username: 'User name', email: 'E-mail',
    session: 'Session', sid: 'Session id', answeredBy: 'Answered by', eventStream: 'Events',
    'stream.connecting': 'connecting', 'stream.open': 'live', 'stream.lost': 'lost, trying again',
    users: 'Signed in now', you: 'you',
    heard: 'How this tab heard of it', heardText: 'Several ways lead here. The first one counts.',
    afterMillis: 'after {ms} ms',
    'via.app': 'the app’s own server', 'via.stream': 'Keycloak’s stream', 'via.tab': 'another tab of the app', 'via.frame': 'the hidden frame',
    'via.hub': 'the hub’s window', 'via.storage': 'storage', 'via.check': 'asking Keycloak',
    'reason.logout': 'You signed out in another app.', 'reason.account_logout': 'You signed out on another device, or on the account page.',
    'reason.admin_logout': 'An administrator ended your session.', 'reason.logout_all': 'An administrator signed everybody out.',
    'reason.expired': 'Your session was not used for too long, or reached its greatest age.', 'reason.token_revoked': 'The session’s last token was revoked.',
    'reason.credential_changed': 'Your password was changed, and you were signed out elsewhere.', 'reason.session_limit': 'You signed in on too many devices.',
    'reason.user_removed': 'Your account was deleted.', 'reason.idp_logout': 'You signed out at your identity provider.',
    'reason.replaced': 'Another user signed in in this browser.', 'reason.realm_removed': 'The realm was removed.',
    'reason.remember_me_off': 'Sessions are not remembered any more.', 'reason.storage_cleared': 'The storage of this site was emptied.',
    'reason.unknown': 'Your session has ended.',
    // The single-page app.
    studioLead: 'A single-page app: its tokens live in memory alone, and its code comes from oidc-client-ts.',
    studioWelcome: 'Welcome to Studio', studioOut: 'Sign in in a popup as alice (password alice) or bob (password bob).',
    popupSignIn: 'Sign in in a popup', silentSignIn: 'Sign in silently', refresh: 'Refresh the tokens', callApi: 'Ask for my data',
    popupBlocked: 'The popup was blocked. Allow popups for this page, and try again.',
    popupClosed: 'The popup was closed before you had signed in.',
    silentFailed: 'Nobody is signed in at Keycloak in this browser, or it lets no frame know.',
    signInError: 'The sign-in did not work: {error}', tokens: 'Tokens', expiresIn: 'Access token good for', refreshed: 'Refreshed', times: '{n} times', seconds: '{n} s', rotation: 'Refresh token', rotated: 'new at each refresh', claims: 'What userinfo says', groups: 'Groups', admin: 'Administrator', group: 'Group', role: 'Role', yes: 'yes', no: 'no',
    // The control page.
    controlTitle: 'Every session, every message', controlLead: 'Sign in at an app, end the session in any way you like, and watch who hears of it and how fast.',
    sessions: 'Sessions', noSessions: 'Nobody is signed in. Open the hub and sign in.', openHub: 'Open the hub', openStudio: 'Open Studio',
    messages: 'Messages', noMessages: 'No session has ended yet.', health: 'Processes', since: 'since',
    'do.user': 'Sign the user out', 'do.admin': 'Administrator ends the session', 'do.expiry': 'Let it expire', 'do.password': 'Change the password', 'do.account': 'Delete the account',
    'do.kill': 'Kill', 'do.start': 'Start', 'do.stopRedis': 'Stop Redis', 'do.startRedis': 'Start Redis',
    expiryNote: 'Sessions of the realm that are older than a minute expire now. Keycloak sweeps them within five minutes.',
    up: 'up', down: 'down', by: 'by {initiator}',
    done: 'Done.', refused: 'That did not work: {error}', usersAgain: 'Users that were deleted come back with the next start of the demo.', redisDown: 'Redis is down: what ends now waits in Keycloak’s database.', tabOf: '{app}, a tab',
    lost: 'The demo has ended.',
  },
  ko: {
    language: 'English', skip: '본문으로 건너뛰기',
    'app.hub': '허브', 'app.shop': '쇼핑', 'app.blog': '블로그', 'app.wiki': '위키', 'app.studio': '스튜디오', 'app.control': '제어판',
    signedIn: '로그인됨', signedOut: '로그아웃됨', sessionEnded: '세션 종료됨',
    hello: '{name} 님, 안녕하세요', welcome: '{app}에 오신 것을 환영합니다', endedTitle: '로그아웃되었습니다',
    hubLead: '이 렐름의 모든 앱에 로그인되어 있습니다. 앱을 몇 개 나란히 열어 두고 어디서든 로그아웃해 보세요.',
    inLead: '{app}에 로그인되어 있습니다. 다른 곳에서 세션을 끝내고 이 페이지를 지켜보세요.',
    outLead: 'alice(비밀번호 alice) 또는 bob(비밀번호 bob)으로 로그인하세요.',
    signIn: '로그인', signInAgain: '다시 로그인', signOut: '모든 곳에서 로그아웃', back: '앱으로 돌아가기',
    signInFailed: '로그인하지 못했습니다. 다시 시도해 주세요.',
    failed: '실패했습니다. 잠시 후 다시 시도해 주세요.',
    bye: '또 만나요', byeText: '이 앱과 다른 모든 앱에서 세션이 끝났습니다.',
    apps: '앱', appsText: '각각 고유한 출처(origin)를 가진 독립된 앱입니다.', open: '{app} 열기',
    scenarios: '로그아웃하는 세 가지 방법',
    scenario1: '허브에서', scenario1Text: '허브가 Keycloak에서 세션을 끝냅니다. 모든 앱이 서버와 열린 탭에서 이를 알게 됩니다.', scenario1Do: '허브에서 로그아웃',
    scenario2: '앱에서', scenario2Text: '한 앱에서 로그아웃합니다. 그 서버가 Keycloak에 알리고, 허브와 다른 앱이 뒤따릅니다.', scenario2Do: '{app}에서 로그아웃',
    scenario3: '저장소 비우기', scenario3Text: '브라우저의 “사이트 데이터 삭제”처럼 허브의 localStorage를 비웁니다. 이것도 로그아웃입니다.', scenario3Do: 'localStorage 비우기',
    profile: '프로필', name: '이름', username: '사용자 이름', email: '이메일',
    session: '세션', sid: '세션 ID', answeredBy: '응답한 인스턴스', eventStream: '이벤트',
    'stream.connecting': '연결 중', 'stream.open': '연결됨', 'stream.lost': '끊김, 다시 시도 중',
    users: '지금 로그인한 사용자', you: '나',
    heard: '이 탭이 알게 된 경로', heardText: '여러 경로로 전해지며, 먼저 온 것이 적용됩니다.',
    afterMillis: '{ms}ms 후',
    'via.app': '앱의 서버', 'via.stream': 'Keycloak 스트림', 'via.tab': '앱의 다른 탭', 'via.frame': '숨은 프레임',
    'via.hub': '허브 창', 'via.storage': '저장소', 'via.check': 'Keycloak에 확인',
    'reason.logout': '다른 앱에서 로그아웃했습니다.', 'reason.account_logout': '다른 기기나 계정 페이지에서 로그아웃했습니다.',
    'reason.admin_logout': '관리자가 세션을 끝냈습니다.', 'reason.logout_all': '관리자가 모든 사용자를 로그아웃했습니다.',
    'reason.expired': '오랫동안 사용하지 않았거나 세션의 최대 수명에 이르렀습니다.', 'reason.token_revoked': '세션의 마지막 토큰이 취소되었습니다.',
    'reason.credential_changed': '비밀번호가 바뀌어 다른 곳에서 로그아웃되었습니다.', 'reason.session_limit': '너무 많은 기기에서 로그인했습니다.',
    'reason.user_removed': '계정이 삭제되었습니다.', 'reason.idp_logout': 'ID 공급자에서 로그아웃했습니다.',
    'reason.replaced': '이 브라우저에서 다른 사용자가 로그인했습니다.', 'reason.realm_removed': '렐름이 삭제되었습니다.',
    'reason.remember_me_off': '세션을 더 이상 기억하지 않습니다.', 'reason.storage_cleared': '이 사이트의 저장소가 비워졌습니다.',
    'reason.unknown': '세션이 끝났습니다.',
    studioLead: '단일 페이지 앱입니다. 토큰은 메모리에만 있고, OIDC 코드는 oidc-client-ts의 것입니다.',
    studioWelcome: '스튜디오에 오신 것을 환영합니다', studioOut: '팝업에서 alice(비밀번호 alice) 또는 bob(비밀번호 bob)으로 로그인하세요.',
    popupSignIn: '팝업으로 로그인', silentSignIn: '조용히 로그인', refresh: '토큰 갱신', callApi: '내 데이터 요청',
    popupBlocked: '팝업이 차단되었습니다. 이 페이지의 팝업을 허용하고 다시 시도하세요.',
    popupClosed: '로그인하기 전에 팝업이 닫혔습니다.',
    silentFailed: '이 브라우저에서 Keycloak에 로그인한 사용자가 없거나 프레임에서 알 수 없습니다.',
    signInError: '로그인하지 못했습니다: {error}', tokens: '토큰', expiresIn: '액세스 토큰 유효 시간', refreshed: '갱신', times: '{n}회', seconds: '{n}초', rotation: '리프레시 토큰', rotated: '갱신할 때마다 새것', claims: 'userinfo의 내용', groups: '그룹', admin: '관리자', group: '그룹', role: '역할', yes: '예', no: '아니요',
    controlTitle: '모든 세션, 모든 메시지', controlLead: '앱에 로그인하고 원하는 방법으로 세션을 끝낸 뒤, 누가 얼마나 빨리 알게 되는지 지켜보세요.',
    sessions: '세션', noSessions: '로그인한 사용자가 없습니다. 허브를 열고 로그인하세요.', openHub: '허브 열기', openStudio: '스튜디오 열기',
    messages: '메시지', noMessages: '아직 끝난 세션이 없습니다.', health: '프로세스', since: '시작',
    'do.user': '사용자로서 로그아웃', 'do.admin': '관리자가 세션 종료', 'do.expiry': '만료시키기', 'do.password': '비밀번호 변경', 'do.account': '계정 삭제',
    'do.kill': '강제 종료', 'do.start': '시작', 'do.stopRedis': 'Redis 중지', 'do.startRedis': 'Redis 시작',
    expiryNote: '1분이 지난 이 렐름의 세션이 만료됩니다. Keycloak이 5분 안에 정리합니다.',
    up: '작동 중', down: '멈춤', by: '주체: {initiator}',
    done: '완료했습니다.', refused: '실패했습니다: {error}', usersAgain: '삭제한 사용자는 데모를 다시 시작하면 돌아옵니다.', redisDown: 'Redis가 멈췄습니다. 지금 끝나는 세션은 Keycloak 데이터베이스에서 기다립니다.', tabOf: '{app} 탭',
    lost: '데모가 끝났습니다.',
  },
};

let language = choose();

function choose() {
  const asked = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem('lang') ?? navigator.language;
  return asked.startsWith('ko') ? 'ko' : 'en';
}

/** The text of a key; {names} in it are replaced. A key that has none is its own text. */
export const t = (key, values = {}) =>
  (TEXTS[language][key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? '');

export const reasonText = (reason) => t(TEXTS.en[`reason.${reason}`] ? `reason.${reason}` : 'reason.unknown');

/** Fills the page in, now and whenever the language is switched; then has it rendered. */
export function setUpTexts(render) {
  const fill = () => {
    document.documentElement.lang = language;
    for (const each of document.querySelectorAll('[data-text]')) each.textContent = t(each.dataset.text);
    for (const each of document.querySelectorAll('[data-language]')) each.textContent = t('language');
    render?.();
  };
  for (const each of document.querySelectorAll('[data-language]')) {
    each.onclick = () => {
      language = language === 'ko' ? 'en' : 'ko';
      localStorage.setItem('lang', language);
      fill();
    };
  }
  fill();
}
