/**
 * Listens for the end of the session that the app has now. Call it after each sign-in.
 * @param {ListenerOptions} options
 * @returns {() => void} ends the listening
 */
export function setupSSOLogoutListener(options: ListenerOptions): () => void;
/**
 * Signs the user out of this app's tabs, and at Keycloak of every app.
 * @param {Pick<ListenerOptions, 'issuer'|'getToken'|'sid'> & {
 *   clearTokens?: boolean | (() => void),
 *   redirectUrl?: string,
 *   notifyHub?: boolean,
 *   hubApiUrl?: string,
 * }} options `clearTokens` removes the app's tokens, or all of localStorage and sessionStorage if
 *   `true`; `notifyHub: false` leaves the session alone; `hubApiUrl` ends it elsewhere than Keycloak
 * @returns {Promise<boolean>} whether the session was ended
 */
export function performSSOLogout(options: Pick<ListenerOptions, "issuer" | "getToken" | "sid"> & {
    clearTokens?: boolean | (() => void);
    redirectUrl?: string;
    notifyHub?: boolean;
    hubApiUrl?: string;
}): Promise<boolean>;
/**
 * For the app's post-logout page and its front-channel logout page (with `iss` and `sid`): has the
 * app's tabs ask whether their session has ended. Anyone can open such a page.
 * @param {{issuer?: string}} [options]
 */
export function announceSSOLogout(options?: {
    issuer?: string;
}): void;
/**
 * Keeps a stream open until its handler has had enough.
 * @internal
 */
export function followStream(connect: any, handle: any, log: any): {
    done: Promise<void>;
    stop(): void;
    fresh: () => boolean;
    renew(force: any): void;
};
export function fromKeycloak(keycloak: any): {
    issuer: string;
    clientId: any;
    sid: any;
    getToken: ({ refresh }: {
        refresh: any;
    }) => any;
    onLogout: () => any;
};
export function fromUserManager(userManager: any): {
    issuer: any;
    clientId: any;
    getToken: ({ refresh }: {
        refresh: any;
    }) => Promise<any>;
    onLogout: () => any;
};
export type LogoutEvent = {
    /**
     * the session
     */
    sid?: string | undefined;
    /**
     * as in docs/events.md, or `storage_cleared`
     */
    reason: string;
    /**
     * `user`, `admin`, `policy` or `system`
     */
    initiator?: string | undefined;
    /**
     * when it ended, ISO 8601
     */
    time: string;
    /**
     * how it came
     */
    via: "stream" | "frame" | "tab" | "hub" | "storage" | "check";
    /**
     * when it came, in ms since the epoch
     */
    at: number;
};
export type ListenerOptions = {
    /**
     * called once
     */
    onLogout: (event: LogoutEvent) => void;
    /**
     * of the realm's tokens; needed unless the module comes from Keycloak
     */
    issuer?: string | undefined;
    clientId: string;
    /**
     * access token or ID token
     */
    getToken?: ((how: {
        refresh: boolean;
    }) => (string | undefined | Promise<string | undefined>)) | undefined;
    /**
     * a ticket, for apps without tokens in the browser
     */
    getTicket?: (() => Promise<string>) | undefined;
    /**
     * the session, where there is no token to take it from
     */
    sid?: string | undefined;
    /**
     * whose windows may post SSO_LOGOUT
     */
    allowedOrigins?: string[] | undefined;
    /**
     * whether to use the hidden frame; true by default
     */
    frame?: boolean | undefined;
    /**
     * of localStorage, whose loss in another tab is a logout
     */
    storageKey?: string | undefined;
    /**
     * shows what happens, in the console or the element
     */
    debug?: boolean | Element | undefined;
};
